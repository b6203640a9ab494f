"""
Spectra that librosa gives. Written to librosa_spectra.json.

    /tmp/venv2/bin/python tests/golden/librosa_spectra.py
"""
import json
import os

import librosa
import numpy as np

steps = 1600
t = np.arange(steps) / 8000
signal = 0.4 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * (500 + 900 * t) * t) + 0.05 * np.cos(2 * np.pi * 3100 * t) * np.exp(-8 * t)
signal = signal.astype(np.float32).astype(np.float64)


def entry(kind, options, values):
    return dict(kind=kind, options=options, shape=list(values.shape), values=[float(f"{v:.7g}") for v in values.reshape(-1)])


common = dict(y=signal, sr=8000)
mel = dict(n_fft=256, hop_length=128)
entries = {
    "mel power": entry("melSpectrogram", dict(samplingRate=8000, fftLength=256, sequenceStride=128, numMelBins=24, minFreq=0, melScale="slaney", padMode="constant", powerToDb=False), librosa.feature.melspectrogram(**common, **mel, n_mels=24)),
    "mel decibels, window, range": entry("melSpectrogram", dict(samplingRate=8000, fftLength=256, sequenceLength=200, sequenceStride=80, numMelBins=20, minFreq=100, maxFreq=3500, melScale="slaney", padMode="reflect", topDb=60), librosa.power_to_db(librosa.feature.melspectrogram(**common, n_fft=256, hop_length=80, win_length=200, n_mels=20, fmin=100, fmax=3500, pad_mode="reflect"), top_db=60)),
    "mel without area": entry("melSpectrogram", dict(samplingRate=8000, fftLength=128, sequenceStride=64, numMelBins=12, minFreq=0, melScale="slaney", areaNormalized=False, padMode="constant", powerToDb=False, magExp=1), librosa.feature.melspectrogram(**common, n_fft=128, hop_length=64, n_mels=12, norm=None, power=1)),
    "mfcc": entry("mfcc", dict(samplingRate=8000, fftLength=256, sequenceStride=128, numMelBins=40, numCoefficients=13), librosa.feature.mfcc(**common, **mel, n_mels=40, n_mfcc=13)),
    "mfcc by its defaults": entry("mfcc", dict(samplingRate=8000), librosa.feature.mfcc(**common)),
    "mfcc lifted": entry("mfcc", dict(samplingRate=8000, fftLength=256, sequenceStride=128, numMelBins=40, numCoefficients=12, lifter=22), librosa.feature.mfcc(**common, **mel, n_mels=40, n_mfcc=12, lifter=22)),
}
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "librosa_spectra.json"), "w") as file:
    json.dump(dict(librosa=librosa.__version__, signal=[float(v) for v in signal], entries=entries), file)
