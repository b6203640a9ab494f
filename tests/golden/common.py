"""Deterministic inputs, the same as tests/support/random.ts makes from the same description."""
import math

import numpy as np


def mulberry32(count: int, seed: int) -> np.ndarray:
    """`count` numbers in [0, 1): the state after i + 1 calls is seed + (i + 1) 0x6D2B79F5."""
    u32 = np.uint32
    with np.errstate(over="ignore"):
        t = (np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x6D2B79F5) + np.uint64(seed)).astype(u32)
        t = (t ^ (t >> u32(15))) * (t | u32(1))
        t = t ^ (t + (t ^ (t >> u32(7))) * (t | u32(61)))
        return (t ^ (t >> u32(14))).astype(np.float64) / 4294967296.0


def fill(spec: dict) -> np.ndarray:
    """The array that a description stands for. Floats are rounded to float32, so that they are the same in every element type."""
    shape, dtype = spec["shape"], spec["dtype"]
    if "values" in spec:
        values = np.array([float(v) for v in spec["values"]])
    else:
        values = spec["low"] + (spec["high"] - spec["low"]) * mulberry32(int(np.prod(shape)), spec["seed"])
        if "step" in spec:
            values = np.floor(values / spec["step"]) * spec["step"]
    if dtype == "float32":
        return values.astype(np.float32).astype(np.float64).reshape(shape)
    return np.floor(values).astype({"int32": np.int64, "uint8": np.int64, "bool": bool}[dtype]).reshape(shape)


def number(value: float):
    """JSON has neither NaN nor infinities; whole numbers are exact, nine digits of others are enough for every tolerance used."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 2**53:
        return int(value)
    return float(f"{value:.9g}")


def numbers(array) -> list:
    return [number(v) for v in np.asarray(array).reshape(-1)]


def write_json(path: str, header: dict, entries: dict) -> None:
    """One entry a line."""
    import json

    def compact(value) -> str:
        return json.dumps(value, separators=(",", ":"))

    lines = [f"{json.dumps(key)}: {compact(value)}" for key, value in {**header, **entries}.items()]
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
