"""
Trainings of the real Keras, in float64, step by step from the same weights: losses and metrics of each epoch, the weights at the end, what
`evaluate` says. Written to keras_fit.json.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 /tmp/venv2/bin/python tests/golden/keras_fit.py

A model is described once, as a list of layers or by its outputs, in Keras' names; the test builds the same from the camelCase form.
"""
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")
import keras
import numpy as np

from common import fill, write_json
from keras_layers import camel, camel_value, kind_of, short

keras.config.set_floatx("float64")


def floats(shape, seed, low=-1.0, high=1.0):
    return dict(shape=list(shape), dtype="float32", low=low, high=high, seed=seed)


def ints(shape, seed, high, low=0):
    return dict(shape=list(shape), dtype="int32", low=low, high=high, seed=seed)


def regularizer(value):
    kinds = dict(l1=keras.regularizers.L1, l2=keras.regularizers.L2, l1_l2=keras.regularizers.L1L2, orthogonal_regularizer=keras.regularizers.OrthogonalRegularizer)
    return kinds[value["kind"]](**value["config"])


def constraint(value):
    kinds = dict(max_norm=keras.constraints.MaxNorm, min_max_norm=keras.constraints.MinMaxNorm, non_neg=keras.constraints.NonNeg, unit_norm=keras.constraints.UnitNorm)
    return kinds[value["kind"]](**value["config"])


def made(name, options):
    given = {}
    for key, value in options.items():
        given[key] = regularizer(value) if key.endswith("regularizer") else constraint(value) if key.endswith("constraint") else value
    return getattr(keras.layers, name)(**given)


ENTRIES = {}


def add(name, layers, x, y, loss, optimizer=("SGD", dict(learning_rate=0.1)), epochs=3, batch_size=4, metrics=(), weighted_metrics=(), heads=None, loss_weights=None,
        sample_weight=None, class_weight=None, validation=None, integer=False):
    inputs = keras.Input(tuple(x["shape"][1:]), dtype="int32" if integer else "float64")
    value = inputs
    for layer, options in layers:
        value = made(layer, options)(value)
    outputs = [made(layer, options)(value) for layer, options in heads] if heads else value
    model = keras.Model(inputs, outputs)
    kwargs = dict(optimizer[1])
    model.compile(optimizer=getattr(keras.optimizers, optimizer[0])(**kwargs), loss=loss, metrics=list(metrics) or None, weighted_metrics=list(weighted_metrics) or None, loss_weights=loss_weights)
    weights = [floats(w.shape, 500 + i, 0.5 if "variance" in w.path or "gamma" in w.path else -0.7, 1.5 if "variance" in w.path or "gamma" in w.path else 0.7)
               for i, w in enumerate(v for v in model.weights if "seed" not in v.path)]
    model.set_weights([fill(w) for w in weights])
    ys = fill(y) if isinstance(y, dict) and "shape" in y else {k: fill(v) for k, v in y.items()}
    history = model.fit(fill(x), ys, epochs=epochs, batch_size=batch_size, shuffle=False, verbose=0,
                        sample_weight=None if sample_weight is None else fill(sample_weight), class_weight=class_weight,
                        validation_data=None if validation is None else (fill(validation[0]), fill(validation[1])))
    after = [short(v) for v in model.weights if "seed" not in v.path]
    evaluated = model.evaluate(fill(x), ys, batch_size=batch_size, verbose=0, return_dict=True)
    ENTRIES[name] = dict(
        layers=[dict(kind=kind_of(k), options=camel_value(o)) for k, o in layers], heads=None if heads is None else [dict(kind=kind_of(k), options=camel_value(o)) for k, o in heads],
        x=x, y=y, integer=integer, weights=weights,
        compile=dict(loss=camel_value(loss), optimizer=dict(kind=camel(optimizer[0].lower() if optimizer[0] == "SGD" else optimizer[0][0].lower() + optimizer[0][1:]), options=camel_value(kwargs)),
                     metrics=camel_value(list(metrics)), weightedMetrics=camel_value(list(weighted_metrics)), lossWeights=loss_weights),
        fit=dict(epochs=epochs, batchSize=batch_size, sampleWeight=sample_weight, classWeight=class_weight, validation=validation),
        history={camel(k): short(v) for k, v in history.history.items()}, after=after, evaluated={camel(k): float(v) for k, v in evaluated.items()})


ROWS, TARGET = floats((8, 3), 1), floats((8, 2), 2)
DENSE = ("Dense", dict(units=4, activation="sigmoid"))
OUT = ("Dense", dict(units=2))

if __name__ == "__main__":
    l2 = dict(kind="l2", config=dict(l2=0.05))
    add("l2 of kernel and bias", [("Dense", dict(units=4, activation="sigmoid", kernel_regularizer=l2, bias_regularizer=l2)), OUT], ROWS, TARGET, "mean_squared_error")
    add("l1 and l2, activity", [("Dense", dict(units=4, activation="sigmoid", kernel_regularizer=dict(kind="l1_l2", config=dict(l1=0.02, l2=0.03)), activity_regularizer=dict(kind="l1", config=dict(l1=0.01)))), OUT], ROWS, TARGET, "mean_absolute_error")
    add("orthogonal kernels", [("Dense", dict(units=4, kernel_regularizer=dict(kind="orthogonal_regularizer", config=dict(factor=0.1, mode="columns")))), OUT], ROWS, TARGET, "mean_squared_error")
    add("constraints", [("Dense", dict(units=4, kernel_constraint=dict(kind="max_norm", config=dict(max_value=0.5)), bias_constraint=dict(kind="non_neg", config=dict()))),
                        ("Dense", dict(units=2, kernel_constraint=dict(kind="unit_norm", config=dict(axis=1))))], ROWS, TARGET, "mean_squared_error")
    add("min max norm", [("Dense", dict(units=4, kernel_constraint=dict(kind="min_max_norm", config=dict(min_value=0.4, max_value=0.6, rate=0.5))))], ROWS, floats((8, 4), 3), "mean_squared_error")
    add("activity regularization layer", [DENSE, ("ActivityRegularization", dict(l1=0.1, l2=0.05)), OUT], ROWS, TARGET, "mean_squared_error")
    tokens = dict(shape=[4, 5], dtype="int32", values=[1, 2, 3, 0, 0, 4, 5, 0, 0, 0, 2, 2, 2, 2, 2, 6, 1, 4, 0, 0])
    add("masked steps in lstm and loss", [("Embedding", dict(input_dim=7, output_dim=3, mask_zero=True)), ("LSTM", dict(units=3, return_sequences=True)), ("Dense", dict(units=2))],
        tokens, floats((4, 5, 2), 4), "mean_squared_error", integer=True, batch_size=2)
    add("masked classes", [("Embedding", dict(input_dim=7, output_dim=3, mask_zero=True)), ("GRU", dict(units=3, return_sequences=True)), ("Dense", dict(units=3, activation="softmax"))],
        tokens, ints((4, 5), 5, 3), "sparse_categorical_crossentropy", integer=True, batch_size=2)
    add("mean over unmasked steps", [("Embedding", dict(input_dim=7, output_dim=3, mask_zero=True)), ("GlobalAveragePooling1D", {}), OUT], tokens, floats((4, 2), 6), "mean_squared_error", integer=True, batch_size=2)
    heads = [("Dense", dict(units=1, name="price")), ("Dense", dict(units=3, name="kind", activation="softmax"))]
    add("two outputs by name", [DENSE], ROWS, dict(price=floats((8, 1), 7), kind=ints((8,), 8, 3)), dict(price="mean_squared_error", kind="sparse_categorical_crossentropy"), heads=heads,
        loss_weights=dict(price=0.5, kind=2.0))
    add("sample weights", [DENSE, OUT], ROWS, TARGET, "mean_squared_error", sample_weight=floats((8,), 9, 0, 2), metrics=["mean_absolute_error"], weighted_metrics=["mean_squared_error"])
    add("class weights", [DENSE, ("Dense", dict(units=3, activation="softmax"))], ROWS, ints((8,), 8, 3), "sparse_categorical_crossentropy", class_weight={0: 0.5, 1: 2.0, 2: 1.0}, metrics=["accuracy"])
    add("accumulated gradients", [DENSE, OUT], ROWS, TARGET, "mean_squared_error", optimizer=("Adam", dict(learning_rate=0.05, gradient_accumulation_steps=2)))
    add("clipped together", [DENSE, OUT], ROWS, TARGET, "mean_squared_error", optimizer=("SGD", dict(learning_rate=0.5, momentum=0.9, global_clipnorm=0.1)))
    add("weight decay", [DENSE, OUT], ROWS, TARGET, "huber", optimizer=("Adam", dict(learning_rate=0.05, weight_decay=0.1)))
    add("batch normalization", [DENSE, ("BatchNormalization", dict(momentum=0.8)), OUT], ROWS, TARGET, "mean_squared_error", validation=[floats((5, 3), 10), floats((5, 2), 11)])
    add("batch normalization that is frozen", [DENSE, ("BatchNormalization", dict(trainable=False)), OUT], ROWS, TARGET, "mean_squared_error")
    add("uneven batches", [DENSE, OUT], ROWS, TARGET, "mean_squared_error", batch_size=3, metrics=["mean_absolute_error"])
    add("binary, auc and f1", [DENSE, ("Dense", dict(units=1, activation="sigmoid"))], ROWS, ints((8, 1), 12, 2), "binary_crossentropy", metrics=["binary_accuracy", "auc", "precision", "recall"])
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(here, "keras_fit.json")
    write_json(path, {}, ENTRIES)
    print(len(ENTRIES), os.path.getsize(path) // 1024, "kB")
