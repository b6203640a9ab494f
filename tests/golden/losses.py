"""
What losses and their gradients are by Keras 3.15 (on JAX) and, where Keras lacks them, by PyTorch 2.13, in float64; written to losses.json.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 /tmp/venv2/bin/python tests/golden/losses.py

Inputs are described as in common.py. `value` is the loss as called, with its shape; `gradient` is that of its sum to the prediction, or
null where the reference's own is not finite and ours is (named in `note`).
"""
import os
import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch
import torch.nn.functional as F

from common import fill, number, numbers, write_json

keras.config.set_floatx("float64")
entries = {}


def floats(shape, seed, low=-1.0, high=1.0, **more):
    return dict(shape=list(shape), dtype="float32", low=low, high=high, seed=seed, **more)


def ints(shape, seed, low, high):
    return dict(shape=list(shape), dtype="int32", low=low, high=high, seed=seed)


def values(shape, given, dtype="float32"):
    return dict(shape=list(shape), dtype=dtype, values=[number(v) for v in np.asarray(given, dtype=np.float64).reshape(-1)])


def one_hot(shape, seed):
    """(…, classes), one of them 1."""
    picks = fill(ints(shape[:-1], seed, 0, shape[-1]))
    return values(shape, np.eye(shape[-1])[picks])


def chances(shape, seed):
    """(…, classes) of sum 1, as float32 numbers."""
    raw = fill(floats(shape, seed, 0.05, 1.0))
    return values(shape, (raw / raw.sum(-1, keepdims=True)).astype(np.float32))


def units(shape, seed):
    raw = fill(floats(shape, seed))
    return values(shape, (raw / np.linalg.norm(raw, axis=-1, keepdims=True)).astype(np.float32))


def snake(name):
    return re.sub(r"(?<!^)([A-Z])", lambda m: "_" + m.group(1).lower(), name)


def put(kind, title, reference, options, target, prediction, weight, value, gradient, note=None):
    entry = dict(reference=reference, kind=kind, options=options, target=target, prediction=prediction)
    if weight is not None:
        entry["sampleWeight"] = weight
    value = np.asarray(value)
    assert np.isfinite(value).all() or note, (kind, title, value)
    entry["value"] = dict(shape=list(value.shape), values=numbers(value))
    finite = np.isfinite(np.asarray(gradient)).all()
    assert finite or note, (kind, title)
    entry["gradient"] = numbers(gradient) if finite else None
    if note:
        entry["note"] = note
    key = f"{kind}: {title}"
    assert key not in entries, key
    entries[key] = entry


def by_keras(kind, title, target, prediction, weight=None, note=None, **options):
    name = dict(ctc="CTC", klDivergence="KLDivergence").get(kind, kind[0].upper() + kind[1:])
    settings = {snake(key): snake(value) if key == "reduction" else value for key, value in options.items()}
    loss = getattr(keras.losses, name)(**settings)
    t, w = jnp.asarray(fill(target)), None if weight is None else jnp.asarray(fill(weight))

    def call(p):
        return loss(t, p, sample_weight=w)

    p = jnp.asarray(fill(prediction).astype(np.float64))
    put(kind, title, f"keras.losses.{name}", options, target, prediction, weight, call(p), jax.grad(lambda p: call(p).sum())(p), note)


def by_torch(kind, title, reference, target, prediction, run, weight=None, note=None, **options):
    """`run(target, prediction)` gives one value a sample, or the whole loss."""
    t = torch.tensor(fill(target))
    p = torch.tensor(fill(prediction).astype(np.float64), requires_grad=True)
    value = run(t, p)
    if weight is not None:
        value = (value * torch.tensor(fill(weight))).mean()
    value.sum().backward()
    put(kind, title, f"torch.nn.{reference}", options, target, prediction, weight, value.detach().numpy(), p.grad.numpy(), note)


weight4, weight43 = floats((4,), 901, 0, 2), floats((4, 3), 902, 0, 2)
reductions = ["sum", "none", "mean", "meanWithSampleWeight"]


def all_reductions(kind, target, prediction, weight=weight4, **options):
    """Each reduction, with and without weights."""
    for reduction in reductions:
        by_keras(kind, reduction, target, prediction, reduction=reduction, **options)
        by_keras(kind, f"{reduction}, weights", target, prediction, weight, reduction=reduction, **options)
    by_keras(kind, "weights", target, prediction, weight, **options)
    by_keras(kind, "weights of 0", target, prediction, values(weight["shape"], np.zeros(weight["shape"])), reduction="meanWithSampleWeight", **options)


# --- differences
real, guess = floats((4, 3), 1, -2, 2), floats((4, 3), 2, -2, 2)
positive, rate = floats((4, 3), 3, 0, 5), floats((4, 3), 4, 0.1, 6)
cube, cube_guess = floats((2, 3, 4), 5, -2, 2), floats((2, 3, 4), 6, -2, 2)
far = values((2, 3), [1000, -1000, 0.5, -1000, 1000, 0.25])
near = values((2, 3), [-1000, 1000, 0.75, -1001, 1000.5, -1.25])
for kind in ["meanSquaredError", "meanAbsoluteError", "meanAbsolutePercentageError", "meanSquaredLogarithmicError", "logCosh", "huber", "cosineSimilarity"]:
    signed = kind != "meanSquaredLogarithmicError"
    by_keras(kind, "default", real if signed else positive, guess if signed else rate)
    by_keras(kind, "three axes", cube, cube_guess, reduction="none")
    by_keras(kind, "weights, three axes", cube, cube_guess, floats((2, 3), 7, 0, 1))
    by_keras(kind, "large numbers", far, near)
    by_keras(kind, "zeros as targets", values((2, 3), np.zeros(6)), floats((2, 3), 8, 0.1, 1))
all_reductions("meanSquaredError", real, guess)
all_reductions("meanAbsoluteError", cube, cube_guess, floats((2, 3), 9, 0, 2))
by_keras("meanSquaredLogarithmicError", "below 0", real, guess)
by_keras("meanAbsolutePercentageError", "small targets", floats((4, 3), 10, -1e-3, 1e-3), guess)
for delta in [0.25, 3]:
    by_keras("huber", f"delta {delta}", real, guess, delta=delta)
for axis in [0, 1, -2]:
    by_keras("cosineSimilarity", f"axis {axis}", cube, cube_guess, axis=axis)
by_keras("cosineSimilarity", "of the same", real, real)
by_keras("klDivergence", "default", chances((4, 3), 11), chances((4, 3), 12))
by_keras("klDivergence", "one-hot", one_hot((4, 3), 13), chances((4, 3), 12), weight4)
by_keras("klDivergence", "three axes", chances((2, 3, 4), 14), chances((2, 3, 4), 15), reduction="sum")
by_keras("klDivergence", "of the same", chances((4, 3), 11), chances((4, 3), 11))
by_keras("poisson", "default", positive, rate)
by_keras("poisson", "counts", ints((4, 3), 16, 0, 5), rate, weight4)
by_keras("poisson", "zeros", values((2, 3), np.zeros(6)), floats((2, 3), 17, 0.1, 3), reduction="none")

# --- margins
signs = values((4, 3), np.sign(fill(real)))
bits = ints((4, 3), 21, 0, 2)
for kind in ["hinge", "squaredHinge"]:
    by_keras(kind, "signs", signs, guess)
    by_keras(kind, "bits", bits, guess, weight4)
    by_keras(kind, "neither", real, guess, reduction="sum")
    by_keras(kind, "large numbers", values((2, 3), [1, -1, 1, -1, -1, 1]), near)
by_keras("categoricalHinge", "default", one_hot((4, 3), 22), guess)
by_keras("categoricalHinge", "weights", one_hot((4, 3), 22), guess, weight4, reduction="sum")
by_keras("categoricalHinge", "three axes", one_hot((2, 3, 4), 23), cube_guess, reduction="none")
by_keras("categoricalHinge", "large numbers", one_hot((2, 3), 24), near)

# --- crossentropies
logits, huge = floats((4, 3), 31, -8, 8), values((4, 3), [1000, 0, -1000, -1000, 1000, 0, 1000, 1000, 1000, -1000, -1000, 0])
soft, p43 = floats((4, 3), 32, 0, 1), floats((4, 3), 33, 0.02, 0.98)
sure = values((4, 3), [0, 1, 1, 0, 1, 0, 0.5, 1, 0, 0, 0, 1])
hot, classes = one_hot((4, 3), 34), ints((4,), 35, 0, 3)
by_keras("binaryCrossentropy", "default", bits, p43)
by_keras("binaryCrossentropy", "soft targets", soft, p43, weight4)
by_keras("binaryCrossentropy", "sure", bits, sure)
by_keras("binaryCrossentropy", "logits", bits, logits, fromLogits=True)
by_keras("binaryCrossentropy", "huge logits", bits, huge, fromLogits=True)
by_keras("binaryCrossentropy", "smooth", bits, logits, fromLogits=True, labelSmoothing=0.2)
by_keras("binaryCrossentropy", "smooth, of probabilities", bits, p43, labelSmoothing=0.1, reduction="none")
by_keras("binaryCrossentropy", "axis 1", ints((2, 3, 4), 36, 0, 2), floats((2, 3, 4), 37, 0.1, 0.9), axis=1, reduction="none")
by_keras("binaryCrossentropy", "axis 0", bits, p43, axis=0)
all_reductions("binaryCrossentropy", bits, p43)
for title, options in {
    "default": {}, "gamma 0": dict(gamma=0.0), "gamma 1": dict(gamma=1.0), "gamma 3.5": dict(gamma=3.5), "gamma 0.5": dict(gamma=0.5),
    "balanced": dict(applyClassBalancing=True), "balanced, alpha 0.7": dict(applyClassBalancing=True, alpha=0.7),
    "smooth": dict(labelSmoothing=0.2), "axis 0": dict(axis=0), "sum": dict(reduction="sum"),
}.items():
    by_keras("binaryFocalCrossentropy", title, bits, p43, **options)
    by_keras("binaryFocalCrossentropy", f"{title}, logits", bits, logits, weight4 if options.get("axis") is None else None, fromLogits=True, **options)
by_keras("binaryFocalCrossentropy", "sure", bits, sure)
by_keras("categoricalCrossentropy", "default", hot, chances((4, 3), 38))
by_keras("categoricalCrossentropy", "not of sum 1", soft, p43, weight4)
by_keras("categoricalCrossentropy", "sure", hot, values((4, 3), np.eye(3)[[0, 1, 2, 0]]))
by_keras("categoricalCrossentropy", "logits", hot, logits, fromLogits=True)
by_keras("categoricalCrossentropy", "huge logits", hot, huge, fromLogits=True)
by_keras("categoricalCrossentropy", "smooth", hot, logits, fromLogits=True, labelSmoothing=0.3)
by_keras("categoricalCrossentropy", "three axes", one_hot((2, 3, 4), 39), floats((2, 3, 4), 40, -5, 5), floats((2, 3), 41, 0, 1), fromLogits=True)
by_keras("categoricalCrossentropy", "axis 1", floats((2, 3, 4), 42, 0, 1), floats((2, 3, 4), 43, -5, 5), fromLogits=True, axis=1)
by_keras("categoricalCrossentropy", "axis 1, of probabilities", floats((2, 3, 4), 42, 0, 1), floats((2, 3, 4), 44, 0.1, 1), axis=1)
all_reductions("categoricalCrossentropy", hot, logits, fromLogits=True)
for title, options in {
    "default": {}, "gamma 0": dict(gamma=0.0), "gamma 1.5": dict(gamma=1.5), "alpha 1": dict(alpha=1.0), "alphas": dict(alpha=[0.1, 0.5, 0.4]),
    "smooth": dict(labelSmoothing=0.2), "sum": dict(reduction="sum"),
}.items():
    by_keras("categoricalFocalCrossentropy", title, hot, p43, **options)
    by_keras("categoricalFocalCrossentropy", f"{title}, logits", hot, logits, weight4, fromLogits=True, **options)
by_keras("categoricalFocalCrossentropy", "axis 1", floats((2, 3, 4), 42, 0, 1), floats((2, 3, 4), 44, 0.1, 1), axis=1)
by_keras("sparseCategoricalCrossentropy", "default", classes, chances((4, 3), 45))
by_keras("sparseCategoricalCrossentropy", "not of sum 1", classes, p43, weight4)
by_keras("sparseCategoricalCrossentropy", "a column of targets", ints((4, 1), 35, 0, 3), p43)
by_keras("sparseCategoricalCrossentropy", "logits", classes, logits, fromLogits=True)
by_keras("sparseCategoricalCrossentropy", "huge logits", classes, huge, fromLogits=True)
by_keras("sparseCategoricalCrossentropy", "three axes", ints((2, 3), 46, 0, 4), floats((2, 3, 4), 47, -5, 5), fromLogits=True, reduction="none")
ignored, steps = ints((2, 3), 48, -1, 3), floats((2, 3, 3), 49, -5, 5)
for reduction in ["sumOverBatchSize", *reductions]:
    by_keras("sparseCategoricalCrossentropy", f"ignoreClass, {reduction}", ignored, steps, fromLogits=True, ignoreClass=-1, reduction=reduction)
    by_keras("sparseCategoricalCrossentropy", f"ignoreClass, weights, {reduction}", ignored, steps, floats((2, 3), 50, 0, 2), fromLogits=True, ignoreClass=-1, reduction=reduction)
by_keras("sparseCategoricalCrossentropy", "ignoreClass 255 of probabilities", values((3,), [0, 255, 2], "int32"), floats((3, 3), 51, 0.1, 0.9), ignoreClass=255)
by_keras("sparseCategoricalCrossentropy", "ignoreClass a real class", classes, logits, fromLogits=True, ignoreClass=1)
by_keras("sparseCategoricalCrossentropy", "all ignored", values((4,), [-1] * 4, "int32"), logits, fromLogits=True, ignoreClass=-1)
by_torch("sparseCategoricalCrossentropy", "axis 1", "CrossEntropyLoss", ints((2, 4), 52, 0, 3), floats((2, 3, 4), 53, -5, 5), lambda t, p: F.cross_entropy(p, t), fromLogits=True, axis=1)
by_torch("sparseCategoricalCrossentropy", "axis 1, ignoreClass", "CrossEntropyLoss", ints((2, 4), 54, -1, 3), floats((2, 3, 4), 53, -5, 5), lambda t, p: F.cross_entropy(p, t, ignore_index=-1), fromLogits=True, axis=1, ignoreClass=-1)
by_keras("categoricalGeneralizedCrossEntropy", "default", classes, chances((4, 3), 55))
by_keras("categoricalGeneralizedCrossEntropy", "q 0.9", classes, chances((4, 3), 55), weight4, q=0.9)
by_keras("categoricalGeneralizedCrossEntropy", "three axes", ints((2, 3), 56, 0, 4), chances((2, 3, 4), 57), q=0.1, reduction="none")
by_keras("categoricalGeneralizedCrossEntropy", "probabilities of 0 and 1", values((2,), [0, 0], "int32"), values((2, 2), [0, 1, 1, 0]), note="Keras: 0 to the power of -1/2")

# --- areas
mask, area = ints((2, 4, 3, 1), 61, 0, 2), floats((2, 4, 3, 1), 62, 0, 1)
for kind in ["dice", "tversky"]:
    by_keras(kind, "default", mask, area)
    by_keras(kind, "axis", mask, area, floats((2,), 63, 0, 2), axis=[1, 2, 3])
    by_keras(kind, "one axis", bits, p43, axis=1, reduction="none")
    by_keras(kind, "nothing there", values((2, 3), np.zeros(6)), floats((2, 3), 64, 0, 1), axis=-1)
    by_keras(kind, "the same", bits, values((4, 3), fill(bits)))
by_keras("tversky", "alpha, beta", mask, area, alpha=0.2, beta=0.9)
by_keras("tversky", "alpha, beta, axis", mask, area, alpha=0.7, beta=0.3, axis=[1, 2, 3], reduction="sum")

# --- sequences
speech = floats((3, 7, 5), 71, -3, 3)
by_keras("ctc", "default", values((3, 3), [1, 2, 3, 4, 4, 0, 2, 0, 0], "int32"), speech)
by_keras("ctc", "weights", values((3, 3), [1, 2, 3, 4, 4, 0, 2, 0, 0], "int32"), speech, floats((3,), 72, 0, 2), reduction="sum")
by_keras("ctc", "repeated labels", values((3, 3), [2, 2, 2, 1, 1, 2, 3, 3, 0], "int32"), speech, reduction="none")
by_keras("ctc", "no labels", values((3, 2), np.zeros(6), "int32"), speech, reduction="none")
by_keras("ctc", "one label", values((3, 1), [1, 4, 0], "int32"), speech, reduction="none")
by_keras("ctc", "longest that fits", values((1, 4), [1, 1, 2, 2], "int32"), floats((1, 6, 3), 73, -3, 3))
by_keras("ctc", "huge logits", values((3, 2), [1, 2, 3, 3, 4, 0], "int32"), floats((3, 5, 5), 74, -1000, 1000), reduction="none")
by_torch("ctc", "as in PyTorch", "CTCLoss", values((3, 3), [1, 2, 3, 4, 4, 0, 2, 0, 0], "int32"), speech,
         lambda t, p: F.ctc_loss(p.log_softmax(-1).transpose(0, 1), t, torch.full((3,), 7), torch.tensor([3, 2, 1]), reduction="none"), reduction="none")

# --- embeddings
labels = values((6,), [0, 1, 0, 2, 1, 0], "int32")
for title, target, options in [
    ("default", labels, {}), ("gamma, margin", labels, dict(gamma=5, margin=0.25)), ("with itself", labels, dict(gamma=5, removeDiagonal=False)),
    ("sum", labels, dict(gamma=2, reduction="sum")), ("none", labels, dict(gamma=2, reduction="none")),
    ("all of one label", values((6,), [1] * 6, "int32"), dict(gamma=5)), ("all different", values((6,), range(6), "int32"), dict(gamma=5)),
]:
    by_keras("circle", title, target, units((6, 4), 81), **options)
by_keras("circle", "pairs for all, weights", values((6,), [0, 1, 0, 1, 1, 0], "int32"), units((6, 4), 82), floats((6,), 83, 0, 2), gamma=3)

triplet, pair = floats((4, 3, 5), 84), floats((4, 2, 5), 85)
none4, plus_minus = values((4,), np.zeros(4)), values((4,), [1, -1, -1, 1])
for title, options in {"default": {}, "margin": dict(margin=0.2), "p 1": dict(p=1), "p 3": dict(p=3.0), "swap": dict(swap=True)}.items():
    by_torch("tripletMargin", title, "TripletMarginLoss", none4, triplet, lambda t, x: F.triplet_margin_loss(x[:, 0], x[:, 1], x[:, 2], reduction="none", **options), weight4, **options)
by_torch("tripletMargin", "all the same", "TripletMarginLoss", none4, values((4, 3, 2), np.ones(24)), lambda t, x: F.triplet_margin_loss(x[:, 0], x[:, 1], x[:, 2]))
for title, options in {"default": {}, "margin": dict(margin=0.3), "none": dict(reduction="none")}.items():
    by_torch("cosineEmbedding", title, "CosineEmbeddingLoss", plus_minus, pair, lambda t, x: F.cosine_embedding_loss(x[:, 0], x[:, 1], t, **options), **options)
by_torch("cosineEmbedding", "of zeros", "CosineEmbeddingLoss", plus_minus, values((4, 2, 2), np.zeros(16)), lambda t, x: F.cosine_embedding_loss(x[:, 0], x[:, 1], t))
scores = floats((4, 2), 86)
for title, options in {"default": {}, "margin": dict(margin=0.5), "sum": dict(reduction="sum")}.items():
    by_torch("marginRanking", title, "MarginRankingLoss", plus_minus, scores, lambda t, x: F.margin_ranking_loss(x[:, 0], x[:, 1], t, **options), **options)
for title, options in {"default": {}, "temperature": dict(temperature=0.5), "cold": dict(temperature=0.01)}.items():
    tau = options.get("temperature", 0.1)
    by_torch("infoNce", title, "functional.cross_entropy", none4, pair, lambda t, x: F.cross_entropy(F.normalize(x[:, 0], dim=-1) @ F.normalize(x[:, 1], dim=-1).T / tau, torch.arange(4), reduction="none"), weight4, **options)

# --- PyTorch's others
for title, options in {"default": {}, "beta 0.3": dict(beta=0.3), "beta 0": dict(beta=0.0), "sum": dict(reduction="sum"), "large numbers": {}}.items():
    t, p = (far, near) if title == "large numbers" else (real, guess)
    divisor = 3 if title == "sum" else 1  # one value a row here
    by_torch("smoothL1", title, "SmoothL1Loss", t, p, lambda t, p: F.smooth_l1_loss(p, t, **options) / divisor, **options)
gauss = values((4, 6), np.concatenate([fill(guess), fill(floats((4, 3), 91, 0.1, 3))], -1))
thin = values((4, 6), np.concatenate([fill(guess), fill(floats((4, 3), 92, 0, 0.2))], -1))
gaussian = lambda t, x, **o: F.gaussian_nll_loss(x[..., :3], t, x[..., 3:], reduction="none", **o).mean(-1)
by_torch("gaussianNll", "default", "GaussianNLLLoss", real, gauss, lambda t, x: gaussian(t, x).mean())
by_torch("gaussianNll", "full", "GaussianNLLLoss", real, gauss, lambda t, x: gaussian(t, x, full=True), weight4, full=True)
by_torch("gaussianNll", "variances below epsilon", "GaussianNLLLoss", real, thin, lambda t, x: gaussian(t, x, eps=0.1), epsilon=0.1, reduction="none")
counts = ints((4, 3), 93, 0, 6)
for title, prediction, options in [("default", guess, {}), ("full", guess, dict(full=True)), ("rates", rate, dict(logInput=False)), ("rates, full, epsilon", rate, dict(logInput=False, full=True, epsilon=0.01))]:
    settings = dict(log_input=options.get("logInput", True), full=options.get("full", False), eps=options.get("epsilon", 1e-8))
    by_torch("poissonNll", title, "PoissonNLLLoss", counts, prediction, lambda t, p: F.poisson_nll_loss(p, t.double(), reduction="none", **settings).mean(-1), weight4, **options)
for title, options in {"default": {}, "p 2": dict(p=2), "margin": dict(margin=0.3), "none": dict(reduction="none")}.items():
    by_torch("multiMargin", title, "MultiMarginLoss", classes, guess, lambda t, p: F.multi_margin_loss(p, t, **options), **options)
several = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1]])
lists = torch.tensor([[0, 2, -1, -1], [-1] * 4, [0, 1, 2, 3], [3, -1, -1, -1]])
by_torch("multiLabelMargin", "default", "MultiLabelMarginLoss", values((4, 4), several, "int32"), floats((4, 4), 94, -2, 2), lambda t, p: F.multilabel_margin_loss(p, lists))
by_torch("multiLabelMargin", "weights", "MultiLabelMarginLoss", values((4, 4), several, "int32"), floats((4, 4), 95, -2, 2), lambda t, p: F.multilabel_margin_loss(p, lists, reduction="none"), weight4)
by_torch("multiLabelMargin", "none", "MultiLabelMarginLoss", values((4, 4), several), floats((4, 4), 96, -2, 2), lambda t, p: F.multilabel_margin_loss(p, lists, reduction="none"), reduction="none")
by_torch("multiLabelSoftMargin", "default", "MultiLabelSoftMarginLoss", bits, logits, lambda t, p: F.multilabel_soft_margin_loss(p, t.double()))
by_torch("multiLabelSoftMargin", "weights", "MultiLabelSoftMarginLoss", bits, logits, lambda t, p: F.multilabel_soft_margin_loss(p, t.double(), reduction="none"), weight4)
by_torch("multiLabelSoftMargin", "huge logits", "BCEWithLogitsLoss", bits, huge, lambda t, p: F.binary_cross_entropy_with_logits(p, t.double()))
row_mean = lambda v: v.mean(-1)
by_torch("softMargin", "default", "SoftMarginLoss", signs, guess, lambda t, p: F.soft_margin_loss(p, t))
by_torch("softMargin", "weights", "SoftMarginLoss", signs, guess, lambda t, p: row_mean(F.soft_margin_loss(p, t, reduction="none")), weight4)
by_torch("softMargin", "large numbers", "SoftMarginLoss", values((2, 3), [1, -1, 1, -1, -1, 1]), values((2, 3), [30, 30, -30, -30, 0, 12]), lambda t, p: F.soft_margin_loss(p, t))
for title, options in {"default": {}, "margin": dict(margin=0.4), "none": dict(reduction="none")}.items():
    finish = row_mean if title == "none" else torch.mean
    by_torch("hingeEmbedding", title, "HingeEmbeddingLoss", signs, floats((4, 3), 97, 0, 2), lambda t, p: finish(F.hinge_embedding_loss(p, t, margin=options.get("margin", 1.0), reduction="none")), **options)
likely = values((4, 3), np.log(fill(chances((4, 3), 98))).astype(np.float32))
by_torch("nll", "default", "NLLLoss", classes, likely, lambda t, p: F.nll_loss(p, t))
by_torch("nll", "ignoreClass", "NLLLoss", classes, likely, lambda t, p: F.nll_loss(p, t, ignore_index=2), ignoreClass=2)
by_torch("nll", "weights", "NLLLoss", classes, likely, lambda t, p: F.nll_loss(p, t, reduction="none"), weight4)
by_torch("nll", "three axes", "NLLLoss", ints((2, 3), 99, 0, 4), floats((2, 3, 4), 100, -3, 0), lambda t, p: F.nll_loss(p.transpose(1, 2), t, reduction="none"), reduction="none")

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    header = dict(versions=dict(keras=keras.__version__, torch=torch.__version__, jax=jax.__version__))
    write_json(os.path.join(here, "losses.json"), header, entries)
    print(len(entries), "losses,", len({e["kind"] for e in entries.values()}), "kinds")
