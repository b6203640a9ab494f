"""
What metrics are after several updates by Keras 3.15 (on JAX) in float64; written to metrics.json. For those that Keras lacks: the definition
of their paper, in NumPy, over all samples at once.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 /tmp/venv2/bin/python tests/golden/metrics.py

Inputs are described as in common.py. `updates` holds
places among `inputs`: target, prediction, weights; `results` the result after each update.
"""
import os

import jax.numpy as jnp
import keras
import numpy as np

from common import fill, number, numbers, write_json
from losses import chances, floats, ints, one_hot, snake, values

keras.config.set_floatx("float64")
entries, inputs = {}, []


def shared(description):
    """The place of an input in the list of all."""
    if description not in inputs:
        inputs.append(description)
    return inputs.index(description)


def put(kind, title, reference, options, updates, results):
    key = f"{kind}: {title}"
    assert key not in entries, key
    entries[key] = dict(
        reference=reference, kind=kind, options=options,
        updates=[[shared(part) for part in u] for u in updates],
        results=[dict(shape=list(np.shape(r)), values=numbers(r)) for r in results],
    )


classes = dict(
    auc="AUC", iou="IoU", binaryIou="BinaryIoU", meanIou="MeanIoU", oneHotIou="OneHotIoU", oneHotMeanIou="OneHotMeanIoU", fBetaScore="FBetaScore",
    f1Score="F1Score", klDivergence="KLDivergence", r2Score="R2Score", sparseTopKCategoricalAccuracy="SparseTopKCategoricalAccuracy",
)
values_of = dict(uniformAverage="uniform_average", varianceWeightedAverage="variance_weighted_average")


def option_name(key):
    return {"sparseYTrue": "sparse_y_true", "sparseYPred": "sparse_y_pred"}.get(key, snake(key))


def by_keras(kind, title, *updates, transform=None, keras_options=None, only=None, **options):
    """`keras_options`: only for Keras; `only`: only for Gradus."""
    name = classes.get(kind, kind[0].upper() + kind[1:])
    settings = {option_name(key): values_of.get(value, value) if isinstance(value, str) else value for key, value in options.items()}
    metric = getattr(keras.metrics, name)(**settings, **(keras_options or {}))
    results = []
    for target, prediction, *weight in updates:
        w = jnp.asarray(fill(weight[0])) if weight else None
        metric.update_state(jnp.asarray(fill(target)), jnp.asarray(fill(prediction)), sample_weight=w)
        results.append(np.asarray(metric.result(), dtype=np.float64))
    put(kind, title, f"keras.metrics.{name}", {**options, **(only or {})}, updates, results)


def by_definition(kind, title, f, *updates, reference, **options):
    """f(targets, predictions, weights) of all samples so far."""
    results = []
    for count in range(1, len(updates) + 1):
        some = updates[:count]
        t = np.concatenate([fill(u[0]) for u in some])
        p = np.concatenate([fill(u[1]) for u in some])
        w = np.concatenate([fill(u[2]) if len(u) > 2 else np.ones(u[0]["shape"][0]) for u in some])
        results.append(f(t, p, w))
    put(kind, title, reference, options, updates, results)


def weights(count, seed):
    return floats((count,), seed, 0, 2)


def scores(shape, seed):
    """Probabilities in steps of 1/128: no threshold in between is decided by rounding."""
    return floats(shape, seed, 0, 1, step=1 / 128)


# Three updates, the last with weights.
bits = [(ints((8, 1), 1, 0, 2), scores((8, 1), 2)), (ints((5, 1), 3, 0, 2), scores((5, 1), 4)), (ints((6, 1), 5, 0, 2), scores((6, 1), 6), weights(6, 7))]
labels = [(ints((6, 3), 11, 0, 2), scores((6, 3), 12)), (ints((4, 3), 13, 0, 2), scores((4, 3), 14)), (ints((5, 3), 15, 0, 2), scores((5, 3), 16), weights(5, 17))]
sparse = [(ints((6,), 21, 0, 4), chances((6, 4), 22)), (ints((5,), 23, 0, 4), chances((5, 4), 24)), (ints((7,), 25, 0, 4), chances((7, 4), 26), weights(7, 27))]
hot = [(one_hot((6, 4), 31), chances((6, 4), 22)), (one_hot((5, 4), 33), chances((5, 4), 24)), (one_hot((7, 4), 35), chances((7, 4), 26), weights(7, 27))]
real = [(floats((6, 3), 41, -2, 2), floats((6, 3), 42, -2, 2)), (floats((5, 3), 43, -2, 2), floats((5, 3), 44, -2, 2)), (floats((4, 3), 45, -2, 2), floats((4, 3), 46, -2, 2), weights(4, 47))]
positive = [(floats((6, 3), 51, 0, 5), floats((6, 3), 52, 0.1, 5)), (floats((4, 3), 53, 0, 5), floats((4, 3), 54, 0.1, 5), weights(4, 55))]
zeros = (values((4, 1), np.zeros(4)), values((4, 1), np.zeros(4)))
ones = (values((4, 1), np.ones(4)), scores((4, 1), 61))
perfect = (ints((6, 1), 62, 0, 2), values((6, 1), fill(ints((6, 1), 62, 0, 2))))
unweighted = (ints((4, 1), 63, 0, 2), scores((4, 1), 64), values((4,), np.zeros(4)))
edges = {"all zero": [zeros], "one class only": [ones], "perfect": [perfect], "weights of 0": [unweighted], "ten updates": [(ints((3, 1), 70 + k, 0, 2), scores((3, 1), 80 + k)) for k in range(10)]}

# --- means
for kind in ["meanSquaredError", "meanAbsoluteError", "meanAbsolutePercentageError", "logCoshError", "rootMeanSquaredError", "hinge", "squaredHinge", "cosineSimilarity"]:
    by_keras(kind, "three updates", *real)
    by_keras(kind, "zeros", (values((2, 3), np.zeros(6)), values((2, 3), np.zeros(6))))
    by_keras(kind, "weights", *real[2:])
    by_keras(kind, "weights of 0", (*real[2][:2], values((4,), np.zeros(4))))
by_keras("cosineSimilarity", "axis 1", (floats((2, 3, 4), 91), floats((2, 3, 4), 92)), axis=1)
by_keras("rootMeanSquaredError", "a weight for each element", (*real[0], floats((6, 3), 93, 0, 2)))
for kind in ["meanSquaredLogarithmicError", "poisson"]:
    by_keras(kind, "two updates", *positive)
    by_keras(kind, "zeros", (values((2, 3), np.zeros(6)), values((2, 3), np.zeros(6))))
    by_keras(kind, "perfect", (positive[0][1], positive[0][1]))
for kind in ["klDivergence", "categoricalHinge", "categoricalCrossentropy", "categoricalAccuracy"]:
    by_keras(kind, "three updates", *hot)
    by_keras(kind, "perfect", (hot[0][0], hot[0][0]))
    by_keras(kind, "three axes", (one_hot((2, 3, 4), 94), chances((2, 3, 4), 95), weights(2, 96)))
by_keras("categoricalCrossentropy", "logits, smooth", (hot[0][0], floats((6, 4), 97, -5, 5)), fromLogits=True, labelSmoothing=0.2)
by_keras("categoricalCrossentropy", "axis 1", (one_hot((2, 4, 3), 98), floats((2, 4, 3), 99, -5, 5)), fromLogits=True, axis=1)
by_keras("binaryCrossentropy", "three updates", *labels)
by_keras("binaryCrossentropy", "logits, smooth", (labels[0][0], floats((6, 3), 101, -5, 5)), fromLogits=True, labelSmoothing=0.2)
for kind in ["sparseCategoricalCrossentropy", "sparseCategoricalAccuracy"]:
    by_keras(kind, "three updates", *sparse)
    by_keras(kind, "a column of targets", (ints((6, 1), 21, 0, 4), chances((6, 4), 22)))
    by_keras(kind, "three axes", (ints((2, 3), 102, 0, 4), chances((2, 3, 4), 95), floats((2, 3), 103, 0, 2)))
by_keras("sparseCategoricalCrossentropy", "logits, ignoreClass, weights", (ints((9,), 104, -1, 4), floats((9, 4), 105, -5, 5), values((9,), np.ones(9))), (ints((9,), 106, -1, 4), floats((9, 4), 107, -5, 5), weights(9, 108)), fromLogits=True, ignoreClass=-1)
for title, updates in edges.items():
    by_keras("binaryAccuracy", title, *updates)
    by_keras("binaryCrossentropy", title, *updates)
by_keras("binaryAccuracy", "threshold", *labels, threshold=0.8)
by_keras("binaryAccuracy", "a weight for each element", (*labels[0], floats((6, 3), 109, 0, 2)))
for k in [1, 2, 5]:
    by_keras("topKCategoricalAccuracy", f"k {k}", *hot, k=k)
    by_keras("sparseTopKCategoricalAccuracy", f"k {k}", *sparse, k=k)
ties = values((4, 4), [0.25] * 4 + [0.5, 0.5, 0, 0] + [0, 0, 0, 1] + [0.4, 0.4, 0.4, 0])
by_keras("sparseTopKCategoricalAccuracy", "ties", (values((4,), [3, 0, 1, 1], "int32"), ties), k=2)
by_keras("topKCategoricalAccuracy", "ties", (values((4, 4), np.eye(4)[[3, 0, 1, 1]]), ties), k=2)
by_keras("sparseTopKCategoricalAccuracy", "fromSortedIds", (values((4,), [3, 0, 1, 2], "int32"), values((4, 3), [1, 2, 3, 0, 1, 2, 3, 1, 0, 0, 0, 2])), k=2, fromSortedIds=True)
by_keras("sparseTopKCategoricalAccuracy", "three axes", (ints((2, 3), 111, 0, 4), chances((2, 3, 4), 112)), k=2)

# --- accuracy, as Keras' compile picks it
for title, name, updates in [("binary", "BinaryAccuracy", bits), ("sparse", "SparseCategoricalAccuracy", sparse), ("one-hot", "CategoricalAccuracy", hot)]:
    metric, results = getattr(keras.metrics, name)(), []
    for update in updates:
        metric.update_state(*[jnp.asarray(fill(part)) for part in update[:2]], sample_weight=jnp.asarray(fill(update[2])) if len(update) > 2 else None)
        results.append(metric.result())
    put("accuracy", title, f"keras.metrics.{name}", {}, updates, results)

# --- mean, sum, meanMetricWrapper
for kind in ["mean", "sum"]:
    for title, updates in {"numbers": [(floats((5,), 121),), (floats((3,), 122),)], "weights": [(floats((5,), 121), None, weights(5, 123)), (floats((3,), 122), None, weights(3, 124))], "rows": [(floats((2, 3), 125), None, weights(2, 126))], "a scalar": [(values((), [3]),), (values((), [5]),)]}.items():
        metric, results = getattr(keras.metrics, kind.capitalize())(), []
        for update in updates:
            metric.update_state(jnp.asarray(fill(update[0])), sample_weight=jnp.asarray(fill(update[2])) if len(update) > 2 else None)
            results.append(metric.result())
        put(kind, title, f"keras.metrics.{kind.capitalize()}", {}, [(u[0], u[0], *u[2:]) for u in updates], results)
for title, fn, options, updates in [("huber", keras.losses.huber, dict(fn="huber"), real), ("dice of rows", keras.losses.dice, dict(fn=dict(kind="dice", config=dict(axis=-1))), labels), ("log cosh", keras.losses.log_cosh, dict(fn="logCosh"), real)]:
    metric, results = keras.metrics.MeanMetricWrapper(fn, **(dict(axis=-1) if "dice" in title else {})), []
    for update in updates:
        metric.update_state(*[jnp.asarray(fill(part)) for part in update[:2]], sample_weight=jnp.asarray(fill(update[2])) if len(update) > 2 else None)
        results.append(metric.result())
    put("meanMetricWrapper", title, "keras.metrics.MeanMetricWrapper", options, updates, results)

# --- thresholds
for kind in ["truePositives", "trueNegatives", "falsePositives", "falseNegatives", "precision", "recall"]:
    by_keras(kind, "three updates", *bits)
    by_keras(kind, "labels", *labels)
    by_keras(kind, "threshold", *bits, thresholds=0.25)
    by_keras(kind, "thresholds", *labels, thresholds=[0.1, 0.5, 0.9])
    by_keras(kind, "a weight for each element", (*labels[0], floats((6, 3), 131, 0, 2)), thresholds=[0.3, 0.6])
    for title, updates in edges.items():
        by_keras(kind, title, *updates)
for kind in ["precision", "recall"]:
    by_keras(kind, "topK", *hot, topK=2)
    by_keras(kind, "topK, threshold", *hot, topK=2, thresholds=0.3)
    by_keras(kind, "classId", *hot, classId=2, thresholds=0.25)
    by_keras(kind, "classId, topK", *hot, classId=1, topK=3)


def specificity(t, p, w, threshold):
    w = np.broadcast_to(w[:, None], t.shape)
    negative = t == 0
    return (w * (negative & (p <= threshold))).sum() / max((w * negative).sum(), 1e-30)


for title, updates, threshold in [("three updates", bits, 0.5), ("labels", labels, 0.5), ("threshold", labels, 0.25), ("perfect", [perfect], 0.5), ("one class only", [ones], 0.5)]:
    by_definition("specificity", title, lambda t, p, w: specificity(t, p, w, threshold), *updates, reference="TN / (TN + FP)", **({} if threshold == 0.5 else dict(thresholds=threshold)))
for kind, name in [("precisionAtRecall", "recall"), ("recallAtPrecision", "precision"), ("sensitivityAtSpecificity", "specificity"), ("specificityAtSensitivity", "sensitivity")]:
    for value in [0.3, 0.8]:
        by_keras(kind, f"{value}", *bits, **{name: value})
        by_keras(kind, f"{value}, labels", *labels, **{name: value}, numThresholds=30)
    by_keras(kind, "classId", *labels, **{name: 0.5}, classId=1)
    by_keras(kind, "one threshold", *labels, **{name: 0.2}, numThresholds=1)
    for title, updates in edges.items():
        by_keras(kind, title, *updates, **{name: 0.6})
for curve in ["ROC", "PR", "PRGAIN"]:
    for method in ["interpolation", "minoring", "majoring"]:
        by_keras("auc", f"{curve} {method}", *bits, curve=curve, summationMethod=method)
    by_keras("auc", f"{curve} labels", *labels, curve=curve, numThresholds=20)
    by_keras("auc", f"{curve} multiLabel", *labels[:2], curve=curve, multiLabel=True)
    by_keras("auc", f"{curve} multiLabel, labelWeights", *labels[:2], curve=curve, multiLabel=True, numLabels=3, labelWeights=[0.5, 1, 0.2])
    for title, updates in edges.items():
        by_keras("auc", f"{curve} {title}", *updates, curve=curve)
by_keras("auc", "labelWeights", *labels, labelWeights=[0.5, 1, 0.2])
by_keras("auc", "thresholds", *bits, thresholds=[0.7, 0.2, 0.45])
by_keras("auc", "logits", (ints((9, 1), 141, 0, 2), floats((9, 1), 142, -4, 4)), fromLogits=True)

# --- F scores
for average in [None, "micro", "macro", "weighted"]:
    for title, updates in {"three updates": hot, "all zero": [(values((3, 3), np.zeros(9)), values((3, 3), np.zeros(9)))], "perfect": [(hot[0][0], hot[0][0])], "one class only": [(values((3, 3), [1, 0, 0] * 3), chances((3, 3), 151))]}.items():
        by_keras("f1Score", f"{average} {title}", *updates, average=average)
    by_keras("f1Score", f"{average} threshold", *labels, average=average, threshold=0.25)
    for beta in [0.5, 2.0]:
        by_keras("fBetaScore", f"{average}, beta {beta}", *hot, average=average, beta=beta)
    by_keras("fBetaScore", f"{average}, threshold", *labels, average=average, beta=3.0, threshold=0.75)

# --- confusion of classes
whole = dict(keras_options=dict(dtype="float64"))
numbers3 = [(ints((9,), 161, 0, 3), ints((9,), 162, 0, 3)), (ints((2, 4), 163, 0, 3), ints((2, 4), 164, 0, 3)), (ints((6,), 165, 0, 3), ints((6,), 166, 0, 3), ints((6,), 167, 0, 4))]
for title, updates in {"three updates": numbers3, "all zero": [(values((4,), np.zeros(4), "int32"),) * 2], "perfect": [(numbers3[0][0],) * 2], "weights": [(*numbers3[0], weights(9, 168))], "out of range": [(ints((9,), 169, -1, 4), ints((9,), 170, 0, 4))]}.items():
    by_keras("meanIou", title, *updates, numClasses=3, **whole)
    by_keras("iou", title, *updates, numClasses=3, targetClassIds=[0, 2], **whole)
by_keras("meanIou", "ignoreClass", *numbers3, numClasses=3, ignoreClass=1, **whole)
by_keras("meanIou", "ignoreClass 255", (values((4,), [0, 255, 1, 2], "int32"), values((4,), [0, 0, 1, 1], "int32")), numClasses=3, ignoreClass=255, **whole)
by_keras("meanIou", "scores", (ints((6,), 21, 0, 4), chances((6, 4), 22)), numClasses=4, sparseYPred=False, **whole)
for title, updates in {"three updates": hot[:2], "perfect": [(hot[0][0], hot[0][0])], "weights": hot[2:]}.items():
    by_keras("oneHotMeanIou", title, *updates, numClasses=4, **whole)
    by_keras("oneHotIou", title, *updates, numClasses=4, targetClassIds=[1, 3], **whole)
by_keras("oneHotMeanIou", "sparse predictions", (hot[0][0], ints((6,), 173, 0, 4)), numClasses=4, sparseYPred=True, **whole)
for title, updates in {"three updates": bits, "labels": labels[:2], **edges}.items():
    by_keras("binaryIou", title, *updates, **whole)
by_keras("binaryIou", "threshold, one class", *bits, threshold=0.3, targetClassIds=[1], **whole)


def matrix_of(t, p, w, count):
    t = t.argmax(-1) if t.ndim > 1 and t.shape[-1] > 1 else t.reshape(-1)
    p = p.argmax(-1) if p.shape[-1] > 1 else (p.reshape(-1) > 0.5).astype(int)
    m = np.zeros((count, count))
    np.add.at(m, (t.astype(int), p), w)
    return m


def balanced(m):
    truths = m.sum(1)
    return np.mean([m[c, c] / truths[c] for c in range(len(m)) if truths[c] > 0])


def matthews(m):
    s, c, t, p = m.sum(), np.trace(m), m.sum(1), m.sum(0)
    scale = (s * s - p @ p) * (s * s - t @ t)
    return 0.0 if scale <= 0 else (c * s - t @ p) / np.sqrt(scale)


def kappa(m, power):
    i = np.arange(len(m))
    cost = np.abs(i[:, None] - i[None, :]) ** power if power else (i[:, None] != i[None, :]).astype(float)
    chance = (cost * np.outer(m.sum(1), m.sum(0))).sum() / m.sum()
    return 0.0 if chance == 0 else 1 - (cost * m).sum() / chance


matrices = {"three updates": (sparse, 4), "one-hot": (hot, 4), "binary": (bits, 2), "perfect": ([perfect], 2), "one class only": ([ones], 2), "all zero": ([zeros], 2)}
for title, (updates, count) in matrices.items():
    by_definition("confusionMatrix", title, lambda t, p, w: matrix_of(t, p, w, count), *updates, reference="definition")
    by_definition("balancedAccuracy", title, lambda t, p, w: balanced(matrix_of(t, p, w, count)), *updates, reference="Brodersen et al. 2010")
    by_definition("matthewsCorrelation", title, lambda t, p, w: matthews(matrix_of(t, p, w, count)), *updates, reference="Gorodkin 2004")
    for name, power in [(None, 0), ("linear", 1), ("quadratic", 2)]:
        by_definition("cohenKappa", f"{title}, {name}", lambda t, p, w: kappa(matrix_of(t, p, w, count), power), *updates, reference="Cohen 1968", weights=name)

# --- regression
for title, options in {"default": {}, "varianceWeighted": dict(classAggregation="varianceWeightedAverage"), "each": dict(classAggregation=None), "adjusted": dict(numRegressors=2), "too many regressors": dict(numRegressors=40)}.items():
    by_keras("r2Score", title, *real, **options)
by_keras("r2Score", "perfect", (real[0][0], real[0][0]))
by_keras("r2Score", "constant targets", (values((3, 1), [2, 2, 2]), values((3, 1), [1, 2, 3])))
by_keras("r2Score", "far from 0", *[(floats((50, 2), 180 + k, 1e4, 1e4 + 4), floats((50, 2), 190 + k, 1e4, 1e4 + 4)) for k in range(3)])
by_keras("r2Score", "a column", *bits)
for kind in ["pearsonCorrelation", "concordanceCorrelation"]:
    by_keras(kind, "within samples", *real)
    by_keras(kind, "axis 1", (floats((2, 4, 3), 201), floats((2, 4, 3), 202)), axis=1)
    by_keras(kind, "perfect", (real[0][0], real[0][0]))
    by_keras(kind, "opposite", (values((2, 3), [1, 2, 3, 4, 6, 8]), values((2, 3), [3, 2, 1, -4, -6, -8])))
    by_keras(kind, "over samples, one update", real[0], axis=0)
    by_keras(kind, "constant", (values((2, 3), [1, 1, 1, 2, 2, 2]), floats((2, 3), 205)))


def over_samples(kind):
    def figure(t, p, w):
        mean = lambda x: (x * w[:, None]).sum(0) / w.sum()
        dt, dp = t - mean(t), p - mean(p)
        vt, vp, c = mean(dt * dt), mean(dp * dp), mean(dt * dp)
        return np.mean(c / np.sqrt(vt * vp) if kind == "pearsonCorrelation" else 2 * c / (vt + vp + (mean(t) - mean(p)) ** 2 + 1e-7))
    return figure


for kind in ["pearsonCorrelation", "concordanceCorrelation"]:
    # Not by Keras, whose variances are float32's: 0.021368 for 0.021358.
    by_definition(kind, "over samples, far from 0", over_samples(kind), (floats((50, 2), 203, 1e4, 1e4 + 4), floats((50, 2), 204, 1e4, 1e4 + 4)), reference="definition, over all samples", axis=0)
    by_definition(kind, "over samples, three updates", over_samples(kind), *real, reference="definition, over all samples", axis=0)
    by_definition(kind, "over samples, batches far apart", over_samples(kind), (floats((20, 1), 206, 0, 1), floats((20, 1), 207, 0, 1)), (floats((20, 1), 208, 5e3, 5e3 + 1), floats((20, 1), 209, 5e3, 5e3 + 1)), reference="definition, over all samples", axis=0)

# --- others
for title, updates, options in [("three updates", sparse, {}), ("logits", [(ints((6,), 21, 0, 4), floats((6, 4), 211, -4, 4))], dict(fromLogits=True)), ("ignoreClass", [(ints((6,), 21, -1, 4), floats((6, 4), 211, -4, 4), values((6,), np.ones(6)))], dict(fromLogits=True, ignoreClass=-1))]:
    metric, results = keras.metrics.SparseCategoricalCrossentropy(**{snake(k): v for k, v in options.items()}), []
    for update in updates:
        metric.update_state(*[jnp.asarray(fill(part)) for part in update[:2]], sample_weight=jnp.asarray(fill(update[2])) if len(update) > 2 else None)
        results.append(np.exp(metric.result()))
    put("perplexity", title, "exp of keras.metrics.SparseCategoricalCrossentropy", options, updates, results)


def calibration(t, p, w, bins=15, norm="l1"):
    if p.shape[-1] == 1:
        confidence, right = p.reshape(-1), t.reshape(-1) != 0
    else:
        t = t.argmax(-1) if t.ndim > 1 else t
        confidence, right = p.max(-1), p.argmax(-1) == t
    edges = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence, side="left")
    gaps, shares = [], []
    for b in range(bins):
        inside = edges == b
        total = w[inside].sum()
        shares.append(total / w.sum())
        gaps.append(abs((w[inside] * right[inside]).sum() - (w[inside] * confidence[inside]).sum()) / total if total > 0 else 0)
    gaps, shares = np.array(gaps), np.array(shares)
    return dict(l1=(shares * gaps).sum(), l2=np.sqrt((shares * gaps**2).sum()), max=gaps.max())[norm]


for norm in ["l1", "l2", "max"]:
    for title, updates, bins in [("classes", sparse, 15), ("one-hot", hot, 10), ("binary", bits, 15), ("one class only", [ones], 7)]:
        by_definition("calibrationError", f"{title}, {norm}", lambda t, p, w: calibration(t, p, w, bins, norm), *updates, reference="Guo et al. 2017", norm=norm, numBins=bins)

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    write_json(os.path.join(here, "metrics.json"), dict(versions=dict(keras=keras.__version__), inputs=inputs), entries)
    print(len(entries), "metrics,", len({e["kind"] for e in entries.values()}), "kinds")
