"""Writes tests/data/fixtures: small files by NumPy, zipfile, tarfile and libsndfile, which the readers must read.

    python3 tests/data/fixtures.py     (needs numpy, soundfile)
"""
import io
import pathlib
import tarfile
import zipfile

import numpy as np
import soundfile

folder = pathlib.Path(__file__).parent / "fixtures"
folder.mkdir(exist_ok=True)

values = np.array([[0, 1, 2], [3, 4, 5]])
arrays = {name: values.astype(name) for name in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 >f4 >i2 >f8".split()}
arrays["half"] = (values / 3).astype("f2")
arrays["bool"] = values > 2
arrays["fortran"] = np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))
arrays["scalar"] = np.array(7.5)
arrays["vector"] = np.arange(5.0)
arrays["empty"] = np.zeros((0, 3), "f4")
np.savez_compressed(folder / "arrays.npz", **arrays)
bad = {
    "structured": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "text": np.array(["abc"]),
    "complex": np.array([1 + 2j]),
    "large": np.array([2**40]),
}
with zipfile.ZipFile(folder / "refused.zip", "w", zipfile.ZIP_DEFLATED) as out:
    for name, array in bad.items():
        buffer = io.BytesIO()
        np.save(buffer, array)
        out.writestr(name + ".npy", buffer.getvalue())

rate = 8000
sound = 0.5 * np.sin(2 * np.pi * 440 * np.arange(400) / rate)
stereo = np.stack([sound, -0.5 * sound], 1)
for name, data, subtype in [
    ("u8", sound, "PCM_U8"), ("s16", sound, "PCM_16"), ("s24", sound, "PCM_24"), ("s32", sound, "PCM_32"),
    ("f32", sound, "FLOAT"), ("f64", sound, "DOUBLE"), ("stereo", stereo, "PCM_16"), ("alaw", sound, "ALAW"),
]:
    soundfile.write(folder / f"{name}.wav", data, rate, subtype=subtype)
soundfile.write(folder / "stereo.flac", stereo, rate, subtype="PCM_16")

files = {"a.txt": b"first\n", "deep/b.csv": b"x,y\n1,2\n", "z\xfc.txt".encode("latin1").decode("latin1"): b"\xc3\xbc", "long/" + "n" * 150 + ".txt": b"long name"}
for mode, name in (("w:gz", "files.tar.gz"), ("w:xz", "files.tar.xz")):
    for form, suffix in ((tarfile.PAX_FORMAT, ""), (tarfile.GNU_FORMAT, "-gnu")) if mode == "w:gz" else ((tarfile.PAX_FORMAT, ""),):
        with tarfile.open(folder / name.replace("files", "files" + suffix), mode, format=form) as out:
            for path, content in files.items():
                info = tarfile.TarInfo(path)
                info.size = len(content)
                out.addfile(info, io.BytesIO(content))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            out.addfile(link)
with zipfile.ZipFile(folder / "files.zip", "w", zipfile.ZIP_DEFLATED) as out:
    out.writestr(zipfile.ZipInfo("stored.txt"), b"as it is")
    for path, content in files.items():
        out.writestr(path, content)
with zipfile.ZipFile(folder / "climbs.zip", "w") as out:
    out.writestr("../../etc/cron.d/evil", b"x")
with tarfile.open(folder / "climbs.tar.gz", "w:gz") as out:
    out.addfile(tarfile.TarInfo("a/../../evil"))
with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as out:
    out.writestr("zeros", b"\0" * 30_000_000)
