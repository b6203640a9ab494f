"""
Initializers without random numbers, from the real Keras, and moments of varianceScaling's variants. Written to initializers.json.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 /tmp/venv2/bin/python tests/golden/initializers.py
"""
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras

from common import write_json
from keras_layers import camel_value, short

I = keras.initializers
ENTRIES = {}


def add(kind, cls, shape, **options):
    values = getattr(I, cls)(**options)(shape)
    ENTRIES[f"{kind} {len(ENTRIES)}"] = dict(kind=kind, options=camel_value(options), shape=list(shape), values=short(values))


if __name__ == "__main__":
    add("identity", "Identity", (3, 3))
    add("identity", "Identity", (2, 4), gain=0.5)
    add("identity", "Identity", (4, 2), gain=-2.0)
    add("constant", "Constant", (2, 2), value=0.3)
    add("zeros", "Zeros", (3,))
    add("ones", "Ones", (2, 2))
    for options in [dict(), dict(side="imag"), dict(window="hamming", scaling="spectrum"), dict(window=None), dict(window="blackman", periodic=True, scaling=None), dict(window="bartlett")]:
        add("stft", "STFT", (6, 1, 5), **options)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "initializers.json")
    write_json(path, {}, ENTRIES)
    print(len(ENTRIES))
