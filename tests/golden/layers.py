"""
What layers, activations, losses and optimizers give by PyTorch, in float64, where both have the same definition; written to layers.json.

    /tmp/venv/bin/python tests/golden/layers.py

Inputs are described as in common.py. Images are (batch, height, width, channels), kernels (height, width, in, out). Padding 'same' is
Keras': PyTorch gets it as explicit padding. Where Keras defines a thing otherwise than PyTorch (epsilon of Adam, the mean of padded
windows), its formula is written out here.
"""
import math
import os

import torch
import torch.nn.functional as F

from common import fill, numbers, write_json


def floats(shape, seed, low=-1, high=1):
    return dict(shape=list(shape), dtype="float32", low=low, high=high, seed=seed)


def ints(shape, seed, high):
    return dict(shape=list(shape), dtype="int32", low=0, high=high, seed=seed)


def tensor(spec):
    values = fill(spec)
    return torch.tensor(values, dtype=torch.float64 if spec["dtype"] == "float32" else torch.long)


def same(length, size, stride, dilation=1):
    total = max((math.ceil(length / stride) - 1) * stride + (size - 1) * dilation + 1 - length, 0)
    return total // 2, total - total // 2


def padded(x, size, stride, dilation, padding, value=0.0):
    """(n, h, w, c) -> (n, c, h', w')"""
    x = x.permute(0, 3, 1, 2)
    if padding == "valid":
        return x
    (top, bottom), (left, right) = (same(x.shape[2 + a], size[a], stride[a], dilation[a]) for a in range(2))
    return F.pad(x, (left, right, top, bottom), value=value)


def conv2d(x, kernel, bias, stride=(1, 1), dilation=(1, 1), groups=1, padding="valid"):
    y = F.conv2d(padded(x, kernel.shape[:2], stride, dilation, padding), kernel.permute(3, 2, 0, 1), bias, stride, 0, dilation, groups)
    return y.permute(0, 2, 3, 1)


def max_pool(x, size, stride, padding):
    return F.max_pool2d(padded(x, size, stride, (1, 1), padding, -math.inf), size, stride).permute(0, 2, 3, 1)


def average_pool(x, size, stride, padding):
    total = lambda v: F.avg_pool2d(padded(v, size, stride, (1, 1), padding), size, stride).permute(0, 2, 3, 1)
    return total(x) / total(torch.ones_like(x))


def batch_normalization(x, gamma, beta, mean, variance, momentum=0.99, eps=1e-3):
    axes = tuple(range(x.dim() - 1))
    m, v = x.mean(axes), x.var(axes, unbiased=False)
    return (x - m) / (v + eps).sqrt() * gamma + beta, mean * momentum + m * (1 - momentum), variance * momentum + v * (1 - momentum)


def layers():
    image = floats((2, 7, 6, 4), 11)
    kernel, bias = floats((3, 2, 4, 6), 12), floats((6,), 13)
    entries = {}

    def add(name, kind, options, inputs, weights, outputs, training=False):
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        entries[name] = dict(kind=kind, options=options, inputs=inputs, weights=weights, training=training,
                             outputs=[dict(shape=list(o.shape), values=numbers(o)) for o in outputs])

    x, k, b = tensor(image), tensor(kernel), tensor(bias)
    row, w = floats((3, 5), 1), floats((5, 4), 2)
    add("dense relu", "dense", dict(units=4, activation="relu"), [row], dict(kernel=w, bias=floats((4,), 3)), torch.relu(tensor(row) @ tensor(w) + tensor(floats((4,), 3))))
    add("dense of sequences, no bias", "dense", dict(units=4, useBias=False), [floats((2, 3, 5), 4)], dict(kernel=w), tensor(floats((2, 3, 5), 4)) @ tensor(w))
    for name, options, arguments in [
        ("valid", {}, {}),
        ("same", dict(padding="same"), dict(padding="same")),
        ("strides, same", dict(padding="same", strides=[2, 3]), dict(padding="same", stride=(2, 3))),
        ("strides, valid", dict(strides=2), dict(stride=(2, 2))),
        ("dilation", dict(dilationRate=[2, 3]), dict(dilation=(2, 3))),
        ("dilation, same", dict(dilationRate=2, padding="same"), dict(dilation=(2, 2), padding="same")),
    ]:
        add(f"conv2d {name}", "conv2d", dict(filters=6, kernelSize=[3, 2], **options), [image], dict(kernel=kernel, bias=bias), conv2d(x, k, b, **arguments))
    narrow = floats((3, 2, 2, 6), 14)
    add("conv2d groups", "conv2d", dict(filters=6, kernelSize=[3, 2], groups=2), [image], dict(kernel=narrow, bias=bias), conv2d(x, tensor(narrow), b, groups=2))
    for padding in ["valid", "same"]:
        for size, stride in [((2, 2), (2, 2)), ((3, 2), (2, 1)), ((3, 3), (3, 3))]:
            options = dict(poolSize=list(size), strides=list(stride), padding=padding)
            add(f"maxPool2d {size} {stride} {padding}", "maxPool2d", options, [image], {}, max_pool(x, size, stride, padding))
            add(f"averagePool2d {size} {stride} {padding}", "averagePool2d", options, [image], {}, average_pool(x, size, stride, padding))
    add("globalAveragePool2d", "globalAveragePool2d", {}, [image], {}, x.mean((1, 2)))
    add("globalMaxPool2d", "globalMaxPool2d", {}, [image], {}, x.amax((1, 2)))
    add("flatten", "flatten", {}, [image], {}, x.reshape(2, -1))
    add("reshape", "reshape", dict(targetShape=[6, -1]), [image], {}, x.reshape(2, 6, -1))
    gamma, beta, mean, variance = floats((4,), 21, 0.5, 1.5), floats((4,), 22), floats((4,), 23), floats((4,), 24, 0.5, 2)
    statistics = dict(gamma=gamma, beta=beta, movingMean=mean, movingVariance=variance)
    add("batchNormalization training", "batchNormalization", {}, [image], statistics, batch_normalization(x, *map(tensor, statistics.values())), training=True)
    g, be, m, v = map(tensor, statistics.values())
    add("batchNormalization inference", "batchNormalization", dict(epsilon=1e-5), [image], statistics, F.batch_norm(x.permute(0, 3, 1, 2), m, v, g, be, False, 0, 1e-5).permute(0, 2, 3, 1))
    add("layerNormalization", "layerNormalization", {}, [image], dict(gamma=gamma, beta=beta), F.layer_norm(x, (4,), g, be, 1e-3))
    tokens, table = ints((2, 5), 31, 7), floats((7, 3), 32)
    add("embedding", "embedding", dict(inputDim=7, outputDim=3), [tokens], dict(embeddings=table), F.embedding(tensor(tokens), tensor(table)))
    two = [floats((2, 3, 4), 41), floats((2, 3, 4), 42)]
    a, c = map(tensor, two)
    for name, value in dict(add=a + c, subtract=a - c, multiply=a * c, average=(a + c) / 2, maximum=torch.maximum(a, c), minimum=torch.minimum(a, c), concatenate=torch.cat([a, c], -1)).items():
        add(name, name, {}, two, {}, value)
    add("concatenate axis 1", "concatenate", dict(axis=1), two, {}, torch.cat([a, c], 1))
    add("softmax", "softmax", {}, [row], {}, torch.softmax(tensor(row), -1))
    add("leakyRelu", "leakyRelu", {}, [row], {}, F.leaky_relu(tensor(row), 0.3))
    add("elu", "elu", dict(alpha=0.5), [row], {}, F.elu(tensor(row), 0.5))
    add("rescaling", "rescaling", dict(scale=0.5, offset=-1), [row], {}, tensor(row) * 0.5 - 1)
    return entries


ACTIVATIONS = dict(
    linear=lambda x: x * 1, relu=F.relu, relu6=F.relu6, sigmoid=torch.sigmoid, hardSigmoid=F.hardsigmoid, tanh=torch.tanh, exponential=torch.exp,
    softmax=lambda x: F.softmax(x, -1), logSoftmax=lambda x: F.log_softmax(x, -1), logSigmoid=F.logsigmoid, softplus=F.softplus, softsign=F.softsign,
    silu=F.silu, mish=F.mish, gelu=F.gelu, leakyRelu=lambda x: F.leaky_relu(x, 0.2), elu=F.elu, selu=F.selu)


def activations():
    spec = floats((3, 8), 51, -8, 8)
    entries = {}
    for name, f in ACTIVATIONS.items():
        x = tensor(spec).requires_grad_(True)
        y = f(x)
        (y * tensor(floats((3, 8), 52))).sum().backward()
        entries[name] = dict(x=spec, seed=floats((3, 8), 52), y=numbers(y.detach()), dx=numbers(x.grad))
    return entries


def losses():
    entries = {}

    def add(name, kind, options, target, prediction, f):
        p = tensor(prediction).requires_grad_(True)
        value = f(tensor(target), p)
        value.backward()
        entries[name] = dict(kind=kind, options=options, target=target, prediction=prediction, value=numbers(value.detach())[0], gradient=numbers(p.grad))

    real, logits = floats((4, 3), 61), floats((4, 3), 62, -30, 30)
    bits = dict(shape=[4, 3], dtype="int32", low=0, high=2, seed=63)
    chances = floats((4, 3), 64, 0.05, 0.95)
    spread = floats((4, 3), 65, 0, 1)
    numbers3 = ints((4,), 66, 3)
    add("meanSquaredError", "meanSquaredError", {}, real, logits, lambda t, p: F.mse_loss(p, t))
    add("meanAbsoluteError", "meanAbsoluteError", {}, real, logits, lambda t, p: F.l1_loss(p, t))
    add("huber", "huber", dict(delta=2), real, logits, lambda t, p: F.huber_loss(p, t, delta=2.0))
    add("meanSquaredError sum", "meanSquaredError", dict(reduction="sum"), real, logits, lambda t, p: F.mse_loss(p, t, reduction="sum") / 3)
    add("binaryCrossentropy logits", "binaryCrossentropy", dict(fromLogits=True), bits, logits, lambda t, p: F.binary_cross_entropy_with_logits(p, t.double()))
    add("binaryCrossentropy", "binaryCrossentropy", {}, bits, chances, lambda t, p: F.binary_cross_entropy(p, t.double()))
    add("binaryCrossentropy smooth", "binaryCrossentropy", dict(fromLogits=True, labelSmoothing=0.2), bits, logits, lambda t, p: F.binary_cross_entropy_with_logits(p, t.double() * 0.8 + 0.1))
    add("categoricalCrossentropy logits", "categoricalCrossentropy", dict(fromLogits=True), spread, logits, lambda t, p: F.cross_entropy(p, t))
    add("categoricalCrossentropy", "categoricalCrossentropy", {}, spread, chances, lambda t, p: -(t * (p / p.sum(-1, keepdim=True)).log()).sum(-1).mean())
    add("categoricalCrossentropy smooth", "categoricalCrossentropy", dict(fromLogits=True, labelSmoothing=0.3), spread, logits, lambda t, p: F.cross_entropy(p, t * 0.7 + 0.1))
    add("sparseCategoricalCrossentropy logits", "sparseCategoricalCrossentropy", dict(fromLogits=True), numbers3, logits, lambda t, p: F.cross_entropy(p, t))
    add("sparseCategoricalCrossentropy", "sparseCategoricalCrossentropy", {}, numbers3, chances, lambda t, p: F.nll_loss((p / p.sum(-1, keepdim=True)).log(), t))
    return entries


def keras_adam(w, gradients, lr=1e-3, b1=0.9, b2=0.999, eps=1e-7, decay=0.0):
    """keras/src/optimizers/adam.py, update_step."""
    m = v = torch.zeros_like(w)
    for t, g in enumerate(gradients, 1):
        w = w - w * decay * lr
        m, v = m + (g - m) * (1 - b1), v + (g * g - v) * (1 - b2)
        w = w - m * (lr * math.sqrt(1 - b2**t) / (1 - b1**t)) / (v.sqrt() + eps)
    return w


def by_torch(kind, **options):
    def run(w, gradients):
        p = w.clone().requires_grad_(True)
        optimizer = kind([p], **options)
        for g in gradients:
            p.grad = g.clone()
            optimizer.step()
        return p.detach()
    return run


def optimizers():
    start = floats((2, 3), 71)
    slopes = [floats((2, 3), 72 + k, -1e-3 if k == 2 else -1, 1e-3 if k == 2 else 1) for k in range(5)]
    entries = {}

    def add(name, kind, options, run):
        entries[name] = dict(kind=kind, options=options, weights=start, gradients=slopes, result=numbers(run(tensor(start), [tensor(s) for s in slopes])))

    optim = torch.optim
    add("sgd", "sgd", dict(learningRate=0.1), by_torch(optim.SGD, lr=0.1))
    add("sgd momentum", "sgd", dict(learningRate=0.1, momentum=0.9), by_torch(optim.SGD, lr=0.1, momentum=0.9))
    add("sgd nesterov", "sgd", dict(learningRate=0.1, momentum=0.9, nesterov=True), by_torch(optim.SGD, lr=0.1, momentum=0.9, nesterov=True))
    add("adam, as in Keras", "adam", dict(learningRate=0.1, epsilon=0.01), lambda w, g: keras_adam(w, g, 0.1, eps=0.01))
    add("adam, as in PyTorch", "adam", dict(learningRate=0.1, epsilon=0.01, epsilonPlacement="pytorch"), by_torch(optim.Adam, lr=0.1, eps=0.01))
    add("adam, no decay of moments", "adam", dict(learningRate=0.1, beta1=0, beta2=0.5, epsilonPlacement="pytorch", epsilon=1e-3), by_torch(optim.Adam, lr=0.1, betas=(0.0, 0.5), eps=1e-3))
    add("adamW, as in Keras", "adamW", dict(learningRate=0.1), lambda w, g: keras_adam(w, g, 0.1, decay=0.004))
    add("adamW, as in PyTorch", "adamW", dict(learningRate=0.1, weightDecay=0.3, epsilon=1e-3, epsilonPlacement="pytorch"), by_torch(optim.AdamW, lr=0.1, weight_decay=0.3, eps=1e-3))
    return entries


if __name__ == "__main__":
    flat = {f"{section} {name}": entry for section, entries in dict(layer=layers(), activation=activations(), loss=losses(), optimizer=optimizers()).items() for name, entry in entries.items()}
    write_json(os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.json"), {}, flat)
