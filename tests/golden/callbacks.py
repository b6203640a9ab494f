"""
Callbacks of the real Keras, on trainings in float64 from given weights: figures and learning rates of each epoch, when a training ends,
the weights that are left, the files and lines that were written, the order of the calls. Written to callbacks.json.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 /tmp/venv2/bin/python tests/golden/callbacks.py

Where `values` are given, a callback before the others puts them into the logs: one each epoch.
"""
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")
import glob
import re
import tempfile

import keras
import numpy as np

from common import fill, number, numbers, write_json
from keras_layers import camel

keras.config.set_floatx("float64")
C = keras.callbacks


def floats(shape, seed, low=-1.0, high=1.0):
    return dict(shape=list(shape), dtype="float32", low=low, high=high, seed=seed)


X, Y = floats((8, 3), 1), dict(shape=[8, 2], dtype="int32", low=0, high=2, seed=2)
VALIDATION = [floats((6, 3), 3), dict(shape=[6, 2], dtype="int32", low=0, high=2, seed=4)]
WEIGHTS = [floats((3, 4), 11), floats((4,), 12), floats((4, 2), 13), floats((2,), 14)]
ENTRIES = {}


def model(optimizer):
    inputs = keras.Input((3,), dtype="float64")
    outputs = keras.layers.Dense(2, activation="sigmoid")(keras.layers.Dense(4, activation="tanh")(inputs))
    net = keras.Model(inputs, outputs)
    net.compile(optimizer=optimizer, loss="mean_squared_error", metrics=["binary_accuracy"])
    net.set_weights([fill(w) for w in WEIGHTS])
    return net


def snake(name):
    return re.sub("([A-Z])", lambda m: "_" + m.group(1).lower(), name)


class Put(C.Callback):
    """Puts given values into the logs."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        for name, values in self.values.items():
            logs[snake(name)] = float(values[epoch])


def add(name, callbacks, fit=None, values=None, optimizer=None, folder=None, data="rows", describe=None):
    """`callbacks`: (Keras class, options); options in Keras' names, given to the test in camelCase."""
    fit = dict(dict(epochs=8, batch_size=4), **(fit or {}))
    kwargs = dict(optimizer or dict(learning_rate=0.5))
    net = model(keras.optimizers.SGD(**kwargs))
    with tempfile.TemporaryDirectory() as place:
        made, described = [], []
        for kind, options in callbacks:
            given = {k: v.replace("$", place) if isinstance(v, str) else v for k, v in options.items()}
            made.append(getattr(C, kind)(**given))
            described.append(dict(kind=camel(kind[0].lower() + kind[1:]), options={camel(k): v for k, v in options.items()}))
        if values:
            made.insert(0, Put(values))
        extra = {}
        if fit.pop("validation", False):
            extra["validation_data"] = (fill(VALIDATION[0]), fill(VALIDATION[1]))
        described_fit = {camel(k): v for k, v in fit.items()} | dict(validation="validation_data" in extra)
        x, y = fill(X), fill(Y).astype("float64")
        if data == "rows":
            history = net.fit(x, y, shuffle=False, verbose=0, callbacks=made, **fit, **extra).history
        else:
            size = fit.pop("batch_size")

            class Batches(keras.utils.PyDataset):
                def __len__(self):
                    return 8 // size

                def __getitem__(self, i):
                    return x[i * size:(i + 1) * size], y[i * size:(i + 1) * size]

            history = net.fit(Batches(), shuffle=False, verbose=0, callbacks=made, **fit, **extra).history
        files = sorted(os.path.basename(f) for f in glob.glob(place + "/*"))
        texts = {f: open(os.path.join(place, f), newline="").read() for f in files if f.endswith(".csv")}
    ENTRIES[name] = dict(callbacks=described, fit=described_fit, data=data, optimizer={camel(k): v for k, v in kwargs.items()}, values=values,
                         history={camel(k): numbers(v) for k, v in history.items()}, after=[numbers(w) for w in net.get_weights()], files=files, texts=texts)


class Events(C.Callback):
    """The order of the calls."""

    def __init__(self):
        super().__init__()
        self.events = []


for event in ["train_begin", "train_end", "epoch_begin", "epoch_end", "train_batch_begin", "train_batch_end", "test_begin", "test_end"]:
    def record(self, *args, _event=event, logs=None):
        at = [a for a in args if isinstance(a, int)]
        self.events.append(" ".join([camel(_event.replace("train_batch", "batch"))] + [str(a) for a in at]))

    setattr(Events, "on_" + event, record)


def add_events(name, stop_at=None, **fit):
    net = model(keras.optimizers.SGD(0.1))
    seen = Events()

    class Stop(C.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if (self.epoch, batch) == stop_at:
                self.model.stop_training = True

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

    net.fit(fill(X), fill(Y), batch_size=3, epochs=3, shuffle=False, verbose=0, callbacks=[seen, Stop()], validation_data=(fill(VALIDATION[0]), fill(VALIDATION[1])), **fit)
    ENTRIES[name] = dict(events=seen.events, stopAt=stop_at, fit={camel(k): v for k, v in fit.items()})


RISE_FALL = [1.0, 0.8, 0.7, 0.75, 0.71, 0.69, 0.72, 0.9]
UPS = [0.1, 0.3, 0.3, 0.2, 0.35, 0.34, 0.2, 0.1]
NAN = float("nan")

if __name__ == "__main__":
    loss = dict(valLoss=RISE_FALL)
    stop = lambda **options: [("EarlyStopping", options)]
    add("earlyStopping", stop(), values=loss)
    add("earlyStopping, patience 2", stop(patience=2), values=loss)
    add("earlyStopping, patience 3, best weights", stop(patience=3, restore_best_weights=True), values=dict(valLoss=[1, 0.8, 0.7, 0.75, 0.76, 0.77, 0.6, 0.5]))
    add("earlyStopping, best weights though it runs to the end", stop(patience=9, restore_best_weights=True), values=loss)
    add("earlyStopping, minDelta", stop(patience=2, min_delta=0.15), values=loss)
    add("earlyStopping, negative minDelta", stop(patience=2, min_delta=-0.15), values=loss)
    add("earlyStopping, baseline", stop(patience=2, baseline=0.5), values=loss)
    add("earlyStopping, baseline that is reached", stop(patience=3, baseline=0.75), values=loss)
    add("earlyStopping, startFromEpoch", stop(patience=1, start_from_epoch=4), values=loss)
    add("earlyStopping, startFromEpoch, best weights", stop(patience=2, start_from_epoch=3, restore_best_weights=True), values=loss)
    add("earlyStopping, max", stop(monitor="score", mode="max", patience=2), values=dict(score=UPS))
    add("earlyStopping, max, minDelta, best weights", stop(monitor="score", mode="max", patience=3, min_delta=0.1, restore_best_weights=True), values=dict(score=UPS))
    add("earlyStopping of the loss", stop(monitor="loss", patience=1), optimizer=dict(learning_rate=60.0), fit=dict(epochs=8))
    add("earlyStopping of valBinaryAccuracy", stop(monitor="val_binary_accuracy", patience=2, restore_best_weights=True), fit=dict(epochs=8, validation=True))

    plateau = lambda **options: [("ReduceLROnPlateau", options)]
    add("reduceLrOnPlateau", plateau(patience=1), values=loss)
    add("reduceLrOnPlateau, factor and minDelta", plateau(patience=1, factor=0.5, min_delta=0.2), values=loss)
    add("reduceLrOnPlateau, cooldown", plateau(patience=1, factor=0.5, cooldown=2, min_delta=0.5), values=loss)
    add("reduceLrOnPlateau, patience 2, cooldown 1", plateau(patience=2, factor=0.5, cooldown=1, min_delta=0.5), values=loss)
    add("reduceLrOnPlateau, minLr", plateau(patience=1, factor=0.1, min_lr=0.03, min_delta=0.5), values=loss)
    add("reduceLrOnPlateau, patience 0", plateau(patience=0, factor=0.5), values=loss)
    add("reduceLrOnPlateau, max", plateau(monitor="score", mode="max", patience=1, factor=0.5), values=dict(score=UPS))
    add("reduceLrOnPlateau with momentum", plateau(monitor="loss", patience=1, factor=0.2, min_delta=0.05), optimizer=dict(learning_rate=0.5, momentum=0.9), fit=dict(epochs=10))

    checkpoint = lambda filepath="$/at-{epoch:02d}.keras", **options: [("ModelCheckpoint", dict(options, filepath=filepath))]
    add("modelCheckpoint", checkpoint(), values=loss)
    add("modelCheckpoint, figures in the name", checkpoint("$/{epoch}-{val_loss:.2f}.keras"), values=loss)
    add("modelCheckpoint, saveBestOnly", checkpoint(save_best_only=True), values=loss)
    add("modelCheckpoint, saveBestOnly, max", checkpoint(monitor="score", mode="max", save_best_only=True), values=dict(score=UPS))
    add("modelCheckpoint, initialValueThreshold", checkpoint(save_best_only=True, initial_value_threshold=0.75), values=loss)
    add("modelCheckpoint, saveFreq", checkpoint("$/{epoch:03d}-{batch:02d}.keras", save_freq=3), values=loss)
    add("modelCheckpoint, saveFreq over epochs", checkpoint("$/{epoch:03d}-{batch:02d}.keras", save_freq=5), values=loss)

    csv = lambda **options: ("CSVLogger", dict(dict(filename="$/log.csv"), **options))
    add("csvLogger", [csv()], fit=dict(epochs=2))
    add("csvLogger with validation", [csv()], fit=dict(epochs=2, validation=True))
    add("csvLogger, separator", [csv(separator=";")], fit=dict(epochs=2, validation=True))
    add("csvLogger after a scheduler of rates", [("ReduceLROnPlateau", dict(monitor="loss")), csv()], fit=dict(epochs=2, validation=True))

    add("swapEmaWeights", [("SwapEMAWeights", dict(swap_on_epoch=True))], optimizer=dict(learning_rate=0.5, use_ema=True, ema_momentum=0.8), fit=dict(epochs=3, validation=True))
    add("swapEmaWeights at tests only", [("SwapEMAWeights", dict())], optimizer=dict(learning_rate=0.5, use_ema=True, ema_momentum=0.8), fit=dict(epochs=3, validation=True))
    ENTRIES["swapEmaWeights at tests only"].pop("after")  # Keras ends every training with the averages in the model

    add("validationFreq 2", [], fit=dict(epochs=5, validation=True, validation_freq=2))
    add("validationFreq of a list", [], fit=dict(epochs=5, validation=True, validation_freq=[1, 4]))
    add("validationSteps", [], fit=dict(epochs=2, validation=True, validation_steps=2, validation_batch_size=2))
    add("initialEpoch", [], fit=dict(epochs=5, initial_epoch=3))
    add("batches", [], fit=dict(epochs=3, batch_size=2, validation=True), data="batches")
    add("batches, stepsPerEpoch goes on", [], fit=dict(epochs=4, batch_size=2, steps_per_epoch=3), data="batches")
    add("batches, stepsPerEpoch of whole rounds", [], fit=dict(epochs=4, batch_size=2, steps_per_epoch=2), data="batches")

    add_events("events")
    add_events("events, validated every second epoch", validation_freq=2)
    add_events("events, stopped in the middle of an epoch", stop_at=(1, 0))

    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(here, "callbacks.json")
    write_json(path, dict(x=X, y=Y, validation=VALIDATION, weights=WEIGHTS), ENTRIES)
    print(len(ENTRIES), os.path.getsize(path) // 1024, "kB")
