"""
The public names of the real Keras, which docs/parity.md goes through. Written to keras_names.json.

    KERAS_BACKEND=jax /tmp/venv2/bin/python tests/golden/keras_names.py
"""
import inspect
import json
import os

import keras


def classes(module) -> list:
    return sorted(n for n in dir(module) if n[0].isupper() and inspect.isclass(getattr(module, n)))


def functions(module) -> list:
    return sorted(n for n in dir(module) if n[0].islower() and callable(getattr(module, n)) and n not in ("get", "serialize", "deserialize"))


if __name__ == "__main__":
    modules = dict(layers=keras.layers, losses=keras.losses, metrics=keras.metrics, optimizers=keras.optimizers, schedules=keras.optimizers.schedules, callbacks=keras.callbacks,
                   initializers=keras.initializers, regularizers=keras.regularizers, constraints=keras.constraints)
    names = {name: classes(module) for name, module in modules.items()} | dict(activations=functions(keras.activations))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras_names.json"), "w") as file:
        json.dump(dict(version=keras.__version__, **names), file)
