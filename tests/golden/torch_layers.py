"""
Layers that Keras lacks, and PyTorch's options where both differ, from the real PyTorch in float64. Written to torch/layers.json.

    /tmp/venv2/bin/python tests/golden/torch_layers.py
"""
import math
import os

import torch
from torch import nn

from common import fill, numbers, write_json


def floats(shape, seed, low=-1.0, high=1.0):
    return dict(shape=list(shape), dtype="float32", low=low, high=high, seed=seed)


def ints(shape, seed, high):
    return dict(shape=list(shape), dtype="int32", low=0, high=high, seed=seed)


def tensor(spec):
    return torch.tensor(fill(spec), dtype=torch.float64 if spec["dtype"] == "float32" else torch.long)


ENTRIES = {}


def add(name, kind, options, inputs, weights, f, call=None):
    """f of inputs and weights (in the layer's order), both differentiable."""
    xs = [tensor(s).requires_grad_(s["dtype"] == "float32") for s in inputs]
    ws = [tensor(s).requires_grad_(True) for s in weights]
    output = f(*xs, *ws)
    outputs = list(output) if isinstance(output, tuple) else [output]
    seeds = [floats(o.shape, 180 + i) for i, o in enumerate(outputs)]
    sum((o * tensor(s)).sum() for o, s in zip(outputs, seeds)).backward()
    ENTRIES[f"{kind} {name}".strip()] = dict(
        reference="torch.nn", kind=kind, options=options, inputs=inputs, training=False, seed=180, **({} if call is None else dict(call=call)),
        weights=weights, outputs=[dict(shape=list(o.shape), values=numbers(o.detach())) for o in outputs],
        dInputs=[numbers(x.grad) for x in xs if x.grad is not None], dWeights=[numbers(w.grad) for w in ws], statistics=[])


def attention_weights(d, heads, seed):
    h = d // heads
    shapes = [(d, heads, h), (heads, h), (d, heads, h), (heads, h), (d, heads, h), (heads, h), (heads, h, d), (d,)]
    return [floats(s, seed + i, -0.6, 0.6) for i, s in enumerate(shapes)]


def norm_weights(d, seed):
    return [floats((d,), seed, 0.5, 1.5), floats((d,), seed + 1, -0.5, 0.5)]


def dense_weights(i, o, seed):
    return [floats((i, o), seed, -0.6, 0.6), floats((o,), seed + 1, -0.6, 0.6)]


def put_attention(module, ws):
    q, qb, k, kb, v, vb, o, ob = ws
    d = q.shape[0]
    flat = lambda w: w.reshape(d, d).T
    return {"in_proj_weight": torch.cat([flat(q), flat(k), flat(v)]), "in_proj_bias": torch.cat([qb.reshape(-1), kb.reshape(-1), vb.reshape(-1)]),
            "out_proj.weight": o.reshape(d, d).T, "out_proj.bias": ob}


def prefixed(prefix, values):
    return {f"{prefix}.{k}": v for k, v in values.items()}


def encoder(options, **torch_options):
    d, heads, wide = 4, 2, 6
    module = nn.TransformerEncoderLayer(d, heads, wide, dropout=0.0, batch_first=True, dtype=torch.float64, **torch_options)

    def f(x, *ws):
        values = {**prefixed("self_attn", put_attention(module, ws[:8])), "norm1.weight": ws[8], "norm1.bias": ws[9], "linear1.weight": ws[10].T, "linear1.bias": ws[11],
                  "linear2.weight": ws[12].T, "linear2.bias": ws[13], "norm2.weight": ws[14], "norm2.bias": ws[15]}
        return torch.func.functional_call(module, values, (x,))

    weights = attention_weights(d, heads, 20) + norm_weights(d, 40) + dense_weights(d, wide, 50) + dense_weights(wide, d, 60) + norm_weights(d, 70)
    add(" ".join(torch_options), "transformerEncoder", dict(intermediateDim=wide, numHeads=heads, **options), [floats((2, 3, d), 10)], weights, f)


def decoder(options, cross, **torch_options):
    d, heads, wide = 4, 2, 6
    module = nn.TransformerDecoderLayer(d, heads, wide, dropout=0.0, batch_first=True, dtype=torch.float64, **torch_options)

    def f(x, *rest):
        memory, ws = (rest[0], rest[1:]) if cross else (None, rest)
        ws = list(ws)
        values = {**prefixed("self_attn", put_attention(module, ws[:8])), "norm1.weight": ws[8], "norm1.bias": ws[9]}
        ws = ws[10:]
        values |= {**prefixed("multihead_attn", put_attention(module, ws[:8])), "norm2.weight": ws[8], "norm2.bias": ws[9]}
        ws = ws[10:]
        values |= {"linear1.weight": ws[0].T, "linear1.bias": ws[1], "linear2.weight": ws[2].T, "linear2.bias": ws[3], "norm3.weight": ws[4], "norm3.bias": ws[5]}
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=torch.float64)
        return torch.func.functional_call(module, values, (x, memory), dict(tgt_mask=mask, tgt_is_causal=True))

    weights = attention_weights(d, heads, 20) + norm_weights(d, 40) + attention_weights(d, heads, 80) + norm_weights(d, 95) + dense_weights(d, wide, 50) + dense_weights(wide, d, 60) + norm_weights(d, 70)
    add(" ".join(["cross", *torch_options]), "transformerDecoder", dict(intermediateDim=wide, numHeads=heads, **options), [floats((2, 3, d), 10), floats((2, 5, d), 11)], weights, f)


def channels_last(f):
    return lambda x, *w: f(x.movedim(-1, 1), *w).movedim(1, -1)


def sine(x, wave=10000.0):
    steps, d = x.shape[1], x.shape[2]
    i = torch.arange(d, dtype=torch.float64)
    angles = torch.arange(steps, dtype=torch.float64)[:, None] * wave ** (-2 * (i // 2) / d)
    return torch.where(i % 2 == 0, angles.sin(), angles.cos()).expand(x.shape) + 0 * x


def rotary(x, wave=10000.0):
    steps, d = x.shape[1], x.shape[-1]
    angles = torch.arange(steps, dtype=torch.float64)[:, None] * wave ** (-2 * torch.arange(d // 2, dtype=torch.float64) / d)
    angles = angles.reshape(steps, *[1] * (x.dim() - 3), d // 2)
    a, b = x.chunk(2, -1)
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    encoder(dict())
    encoder(dict(normalizeFirst=True), norm_first=True)
    encoder(dict(activation="gelu", layerNormEpsilon=1e-3), activation="gelu", layer_norm_eps=1e-3)
    decoder(dict(), True)
    decoder(dict(normalizeFirst=True), True, norm_first=True)
    decoder(dict(activation="gelu"), True, activation="gelu")
    image = floats((2, 4, 3, 6), 12)
    for eps in [1e-5, 1e-3]:
        add(f"eps {eps}", "instanceNormalization", dict(epsilon=eps), [image], norm_weights(6, 30), channels_last(lambda x, g, b, e=eps: nn.functional.instance_norm(x, weight=g, bias=b, eps=e)))
        add(f"as PyTorch, eps {eps}", "groupNormalization", dict(groups=3, epsilon=eps), [image], norm_weights(6, 30), channels_last(lambda x, g, b, e=eps: nn.functional.group_norm(x, 3, g, b, e)))
    add("sequence", "instanceNormalization", dict(epsilon=1e-5, scale=False, center=False), [floats((2, 5, 3), 13)], [], channels_last(lambda x: nn.functional.instance_norm(x)))
    for wave in [10000, 100, 7]:
        add(f"wave {wave}", "sinePositionEncoding", dict(maxWavelength=wave), [floats((2, 4, 6), 14)], [], lambda x, w=wave: sine(x, float(w)))
        add(f"wave {wave}", "rotaryEmbedding", dict(maxWavelength=wave), [floats((2, 4, 6), 14)], [], lambda x, w=wave: rotary(x, float(w)))
    add("heads", "rotaryEmbedding", dict(), [floats((2, 4, 2, 4), 15)], [], rotary)
    for steps, length in [(4, 6), (3, 3), (1, 5)]:
        add(f"{steps} of {length}", "positionEmbedding", dict(sequenceLength=length), [floats((2, steps, 3), 16)], [floats((length, 3), 17)], lambda x, e: e[: x.shape[1]].expand(x.shape) + 0 * x)
    for mode in ["sum", "mean", "max"]:
        rows = ints((3, 4), 18, 6)
        add(mode, "embeddingBag", dict(inputDim=6, outputDim=3, mode=mode), [rows], [floats((6, 3), 19)], lambda x, e, m=mode: nn.functional.embedding_bag(x, e, mode=m))
    F = nn.functional
    add("", "bilinear", dict(units=3), [floats((2, 4), 40), floats((2, 5), 41)], [floats((3, 4, 5), 42), floats((3,), 43)], lambda a, b, w, c: F.bilinear(a, b, w, c))
    add("of sequences", "bilinear", dict(units=2, useBias=False), [floats((2, 3, 4), 40), floats((2, 3, 2), 41)], [floats((2, 4, 2), 42)], lambda a, b, w: F.bilinear(a, b, w))
    add("tanh", "bilinear", dict(units=2, activation="tanh"), [floats((2, 3), 44), floats((2, 2), 45)], [floats((2, 3, 2), 46), floats((2,), 47)], lambda a, b, w, c: F.bilinear(a, b, w, c).tanh())
    for r, shape in [(2, (2, 3, 2, 8)), (3, (1, 2, 2, 9)), (1, (1, 2, 2, 3))]:
        add(f"by {r}", "pixelShuffle", dict(upscaleFactor=r), [floats(shape, 48)], [], channels_last(lambda x, r=r: F.pixel_shuffle(x, r)))
    for r, shape in [(2, (2, 4, 6, 2)), (3, (1, 3, 6, 1)), (1, (1, 2, 2, 3))]:
        add(f"by {r}", "pixelUnshuffle", dict(downscaleFactor=r), [floats(shape, 49)], [], channels_last(lambda x, r=r: F.pixel_unshuffle(x, r)))
    for groups in [2, 3, 6]:
        add(f"of {groups}", "channelShuffle", dict(groups=groups), [floats((2, 2, 2, 6), 50)], [], channels_last(lambda x, g=groups: F.channel_shuffle(x, g)))
    for mode in ["reflect", "replicate", "circular"]:
        add(f"{mode} 1d", "borderPadding", dict(padding=[[1, 2]], mode=mode), [floats((2, 4, 2), 51)], [], channels_last(lambda x, m=mode: F.pad(x, (1, 2), mode=m)))
        add(f"{mode} 2d", "borderPadding", dict(padding=[[1, 2], [0, 1]], mode=mode), [floats((2, 4, 3, 2), 52)], [], channels_last(lambda x, m=mode: F.pad(x, (0, 1, 1, 2), mode=m)))
        add(f"{mode} 3d", "borderPadding", dict(padding=1, mode=mode), [floats((1, 2, 3, 2, 1), 53)], [], channels_last(lambda x, m=mode: F.pad(x, (1,) * 6, mode=m)))
    for size, options in [(3, dict()), (5, dict(alpha=0.1, beta=0.5, k=2.0)), (2, dict(alpha=1.0))]:
        add(f"over {size}", "localResponseNormalization", dict(size=size, **options), [floats((2, 3, 2, 6), 54)], [], channels_last(lambda x, n=size, o=options: F.local_response_norm(x, n, **o)))
    for size, stride in [(2, 1), (3, 2), (1, 1)]:
        columns = lambda x, k=size, s=stride: F.unfold(x.movedim(-1, 1), k, stride=s).movedim(1, -1).reshape(x.shape[0], -1, x.shape[-1], k * k).movedim(-1, -2).reshape(x.shape[0], -1, k * k * x.shape[-1])
        add(f"{size} by {stride}", "unfold", dict(kernelSize=size, strides=stride), [floats((2, 5, 4, 2), 55)], [], columns)

    for size, stride, pad in [(3, 2, 1), (2, 2, 1), (4, 3, 2)]:
        options = dict(kernelSize=size, strides=stride, padding=pad)
        add(f"{size} by {stride}, padding {pad}", "conv2d", dict(filters=3, **options), [floats((2, 6, 5, 2), 60)], [floats((size, size, 2, 3), 61), floats((3,), 62)],
            lambda x, w, b, s=stride, p=pad: F.conv2d(x.movedim(-1, 1), w.permute(3, 2, 0, 1), b, s, p).movedim(1, -1))
        add(f"{size} by {stride}, padding {pad}", "conv1d", dict(filters=3, **options), [floats((2, 7, 2), 60)], [floats((size, 2, 3), 61), floats((3,), 62)],
            lambda x, w, b, s=stride, p=pad: F.conv1d(x.movedim(-1, 1), w.permute(2, 1, 0), b, s, p).movedim(1, -1))
        pool = dict(poolSize=size, strides=stride, padding=min(pad, size // 2))
        add(f"{size} by {stride}", "maxPool2d", pool, [floats((2, 6, 5, 2), 63)], [], channels_last(lambda x, k=size, s=stride, p=pool["padding"]: F.max_pool2d(x, k, s, p)))
        add(f"{size} by {stride}", "averagePool2d", dict(countPadding=True, **pool), [floats((2, 6, 5, 2), 63)], [], channels_last(lambda x, k=size, s=stride, p=pool["padding"]: F.avg_pool2d(x, k, s, p)))
        add(f"{size} by {stride}, uncounted", "averagePool2d", pool, [floats((2, 6, 5, 2), 63)], [], channels_last(lambda x, k=size, s=stride, p=pool["padding"]: F.avg_pool2d(x, k, s, p, count_include_pad=False)))
    for size, stride, pad, extra in [(3, 2, 1, 1), (4, 2, 1, 0), (2, 3, 0, 2)]:
        options = dict(filters=3, kernelSize=size, strides=stride, padding=pad, outputPadding=extra)
        add(f"{size} by {stride}, padding {pad}", "conv2dTranspose", options, [floats((2, 3, 4, 2), 64)], [floats((size, size, 3, 2), 65), floats((3,), 66)],
            lambda x, w, b, s=stride, p=pad, e=extra: F.conv_transpose2d(x.movedim(-1, 1), w.permute(3, 2, 0, 1), b, s, p, e).movedim(1, -1))

    def torch_lstm(x, w, u, b, c):
        module = nn.LSTM(x.shape[-1], u.shape[0], batch_first=True, dtype=torch.float64)
        out, (h, state) = torch.func.functional_call(module, dict(weight_ih_l0=w.T, weight_hh_l0=u.T, bias_ih_l0=b, bias_hh_l0=c), (x,))
        return out, h[0], state[0]

    for momentum, shape in [(0.9, (4, 3, 2)), (0.5, (6, 2)), (0.99, (2, 3, 2, 3))]:
        d = shape[-1]
        specs = norm_weights(d, 75) + [floats((d,), 77), floats((d,), 78, 0.5, 1.5)]
        add(f"as PyTorch, momentum {momentum}", "batchNormalization", dict(epsilon=1e-5, momentum=momentum, unbiasedMovingVariance=True), [floats(shape, 79)], specs,
            channels_last(lambda x, g, b, m, v: F.batch_norm(x, m.detach().clone(), v.detach().clone(), g, b, True, 0.1, 1e-5) + 0 * (m.sum() + v.sum())))
        mean, variance = tensor(specs[2]), tensor(specs[3])
        F.batch_norm(tensor(floats(shape, 79)).movedim(-1, 1), mean, variance, None, None, True, 1 - momentum, 1e-5)
        ENTRIES[f"batchNormalization as PyTorch, momentum {momentum}"] |= dict(training=True, statistics=[numbers(mean), numbers(variance)])

    for units, steps, features in [(3, 4, 2), (2, 1, 3), (4, 6, 4)]:
        add(f"of {units}, two biases", "lstm", dict(units=units, returnSequences=True, returnState=True, useRecurrentBias=True), [floats((2, steps, features), 70)],
            [floats((features, 4 * units), 71), floats((units, 4 * units), 72), floats((4 * units,), 73), floats((4 * units,), 74)], torch_lstm)

    def spectral(x, kernel, u, bias):
        with torch.no_grad():
            v = F.normalize(kernel @ u.reshape(-1), dim=0)
            unit = u.reshape(-1)
        sigma = v @ kernel @ unit
        return x @ (kernel / sigma) + bias + 0 * u.sum()

    # PyTorch's own rule at inference, where u is kept: σ = vᵀ W u with v = W u / |W u|.
    add("at inference", "spectralNormalization", dict(layer=dict(layer="dense", options=dict(units=3))), [floats((2, 4), 56)], [floats((4, 3), 57), floats((1, 3), 59), floats((3,), 58)], spectral)
    here = os.path.dirname(os.path.abspath(__file__))
    os.makedirs(os.path.join(here, "torch"), exist_ok=True)
    path = os.path.join(here, "torch", "layers.json")
    write_json(path, {}, ENTRIES)
    print(len(ENTRIES), os.path.getsize(path) // 1024, "kB")
