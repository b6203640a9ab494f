"""
The losses of the first 20 steps of small networks, trained by PyTorch from weights and data that mulberry32 makes.

    /tmp/venv/bin/python tests/golden/training.py

Written to training.json: for each network its forward pass in words, its parameters in order (descriptions of inputs, see common.py:
uniform in [low, high) from a seed, or values), batches described alike and taken in turn, the loss, the optimizer with all of its
options, and the losses before each step, in float64. The run in float32 must stay within 1e-5 of them, or the run would test luck.
Kernels are (in, out) and (height, width, in, out), images (batch, height, width, channels), LSTM gates i f c o.
"""
import math
import os

import torch
import torch.nn.functional as F

from common import fill, write_json

STEPS = 20


def uniform(shape, fan_in, fan_out, seed):
    limit = math.sqrt(6 / (fan_in + fan_out))
    return dict(shape=list(shape), dtype="float32", low=-limit, high=limit, seed=seed)


def small(shape, seed):
    return dict(shape=list(shape), dtype="float32", low=-0.05, high=0.05, seed=seed)


def dense(name, inputs, outputs, seed):
    return {f"{name}Kernel": uniform((inputs, outputs), inputs, outputs, seed), f"{name}Bias": zeros(outputs)}


def conv(name, size, inputs, outputs, seed):
    return {f"{name}Kernel": uniform((size, size, inputs, outputs), size * size * inputs, size * size * outputs, seed), f"{name}Bias": zeros(outputs)}


def zeros(*shape):
    return dict(shape=list(shape), dtype="float32", values=[0] * math.prod(shape))


def ones(*shape):
    return dict(shape=list(shape), dtype="float32", values=[1] * math.prod(shape))


def floats(shape, seed):
    return dict(shape=list(shape), dtype="float32", low=-1, high=1, seed=seed)


def labels(shape, classes, seed):
    return dict(shape=list(shape), dtype="int32", low=0, high=classes, seed=seed)


def conv2d(x, kernel, bias):
    return F.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1)).permute(0, 2, 3, 1) + bias


# Networks: (parameters, batches, forward, loss, optimizer) ---------------------------------------------------------------

def xor(p, x):
    return torch.sigmoid(torch.sigmoid(x @ p["hiddenKernel"] + p["hiddenBias"]) @ p["outputKernel"] + p["outputBias"])


def mlp(p, x):
    h = torch.relu(x @ p["hidden1Kernel"] + p["hidden1Bias"])
    h = torch.relu(h @ p["hidden2Kernel"] + p["hidden2Bias"])
    return h @ p["outputKernel"] + p["outputBias"]


def cnn(p, x):
    h = torch.relu(conv2d(x, p["conv1Kernel"], p["conv1Bias"]))
    h = torch.relu(conv2d(h, p["conv2Kernel"], p["conv2Bias"]))
    h = F.max_pool2d(h.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1).flatten(1)
    h = torch.relu(h @ p["hiddenKernel"] + p["hiddenBias"])
    return h @ p["outputKernel"] + p["outputBias"]


def lstm(p, tokens):
    x = p["embedding"][tokens]
    h = c = torch.zeros(x.shape[0], 16, dtype=x.dtype)
    states = []
    for step in x.unbind(1):
        i, f, g, o = (step @ p["kernel"] + h @ p["recurrentKernel"] + p["bias"]).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    return torch.stack(states, 1) @ p["outputKernel"] + p["outputBias"]


def transformer(p, tokens):
    h = p["tokens"][tokens] + p["positions"]
    batch, time, width = h.shape
    later = torch.triu(torch.ones(time, time, dtype=torch.bool), 1)
    norm = lambda x, name: F.layer_norm(x, (width,), p[f"{name}Gamma"], p[f"{name}Beta"], 1e-5)
    for block in range(2):
        at = lambda x, name: x @ p[f"block{block}{name}Kernel"] + p[f"block{block}{name}Bias"]
        q, k, v = (a.reshape(batch, time, 2, width // 2).transpose(1, 2) for a in at(norm(h, f"block{block}Norm1"), "Qkv").chunk(3, 2))
        scores = (q @ k.mT / math.sqrt(width // 2)).masked_fill(later, -1e9)
        mixed = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, time, width)
        h = h + at(mixed, "Projection")
        h = h + at(F.gelu(at(norm(h, f"block{block}Norm2"), "Up")), "Down")
    return norm(h, "finalNorm") @ p["headKernel"]


def transformer_parameters(width=16, time=8, vocabulary=11):
    p = dict(tokens=small((vocabulary, width), 501), positions=small((time, width), 502))
    for b in range(2):
        name, seed = f"block{b}", 510 + 10 * b
        p |= {f"{name}Norm1Gamma": ones(width), f"{name}Norm1Beta": zeros(width)}
        p |= dense(f"{name}Qkv", width, 3 * width, seed + 1) | dense(f"{name}Projection", width, width, seed + 2)
        p |= {f"{name}Norm2Gamma": ones(width), f"{name}Norm2Beta": zeros(width)}
        p |= dense(f"{name}Up", width, 4 * width, seed + 3) | dense(f"{name}Down", 4 * width, width, seed + 4)
    return p | dict(finalNormGamma=ones(width), finalNormBeta=zeros(width), headKernel=uniform((width, vocabulary), width, vocabulary, 503))


ADAM = dict(beta1=0.9, beta2=0.999, epsilon=1e-10)  # so small that Keras' and PyTorch's places for it give the same losses
XOR = dict(x=dict(shape=[4, 2], dtype="float32", values=[0, 0, 0, 1, 1, 0, 1, 1]), y=dict(shape=[4, 1], dtype="float32", values=[0, 1, 1, 0]))
tokens = lambda seed: dict(x=labels((4, 8), 11, seed), y=labels((4, 8), 11, seed + 100))

NETWORKS = dict(
    xor=dict(
        forward=xor, description="dense 4 sigmoid (hidden), dense 1 sigmoid (output)", loss="meanSquaredError",
        parameters=dense("hidden", 2, 4, 11) | dense("output", 4, 1, 12), batches=[XOR],
        optimizer=dict(name="sgd", learningRate=0.5, momentum=0, nesterov=False)),
    mlp=dict(
        forward=mlp, description="dense 32 relu (hidden1), dense 17 relu (hidden2), dense 10 (output): logits", loss="sparseCategoricalCrossentropy",
        parameters=dense("hidden1", 20, 32, 21) | dense("hidden2", 32, 17, 22) | dense("output", 17, 10, 23),
        batches=[dict(x=floats((16, 20), 1000 + k), y=labels((16,), 10, 2000 + k)) for k in range(4)],
        optimizer=dict(name="sgd", learningRate=0.1, momentum=0.9, nesterov=False)),
    cnn=dict(
        forward=cnn,
        description="conv 8 3x3 valid relu (conv1), conv 12 3x3 valid relu (conv2), max pool 2x2, flatten (rows height, width, channels), dense 32 relu (hidden), dense 10 (output): logits",
        loss="sparseCategoricalCrossentropy",
        parameters=conv("conv1", 3, 1, 8, 31) | conv("conv2", 3, 8, 12, 32) | dense("hidden", 4 * 4 * 12, 32, 33) | dense("output", 32, 10, 34),
        batches=[dict(x=floats((8, 12, 12, 1), 3000 + k), y=labels((8,), 10, 4000 + k)) for k in range(4)],
        optimizer=dict(name="adam", learningRate=1e-3, **ADAM)),
    lstm=dict(
        forward=lstm,
        description="embedding (11, 8), LSTM 16 over 8 steps from zeros (kernel (8, 64), recurrentKernel (16, 64), bias (64), gates i f c o), all states, dense 11 (output): logits",
        loss="sparseCategoricalCrossentropy",
        parameters=dict(embedding=small((11, 8), 41), kernel=uniform((8, 64), 8, 64, 42), recurrentKernel=uniform((16, 64), 16, 64, 43), bias=zeros(64)) | dense("output", 16, 11, 44),
        batches=[tokens(5000 + k) for k in range(4)],
        optimizer=dict(name="adam", learningRate=1e-2, **ADAM)),
    transformer=dict(
        forward=transformer,
        description="tokens (11, 16) + positions (8, 16); 2 blocks: h += projection(attention of 2 heads, causal, scaled by 1/sqrt(8), of norm1 h; qkv is (q k v), each (heads, 8)), h += down(gelu exact (up(norm2 h))); layer norms with epsilon 1e-5 over the last axis; head without bias: logits",
        loss="sparseCategoricalCrossentropy", parameters=transformer_parameters(), batches=[tokens(6000 + k) for k in range(4)],
        optimizer=dict(name="adamW", learningRate=1e-3, weightDecay=0.01, **ADAM)),
)


def loss_of(name, outputs, target):
    if name == "meanSquaredError":
        return F.mse_loss(outputs, target)
    return F.cross_entropy(outputs.reshape(-1, outputs.shape[-1]), target.reshape(-1).long())


def optimizer_of(parameters, name, learningRate, beta1=0.0, beta2=0.0, epsilon=0.0, weightDecay=0.0, momentum=0.0, nesterov=False):
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=learningRate, momentum=momentum, nesterov=nesterov)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(parameters, lr=learningRate, betas=(beta1, beta2), eps=epsilon, weight_decay=weightDecay)


def train(network, dtype):
    tensor = lambda spec: torch.tensor(fill(spec), dtype=dtype if spec["dtype"] == "float32" else torch.long)
    parameters = {name: tensor(spec).requires_grad_(True) for name, spec in network["parameters"].items()}
    batches = [(tensor(b["x"]), tensor(b["y"])) for b in network["batches"]]
    optimizer = optimizer_of(list(parameters.values()), **network["optimizer"])
    losses = []
    for step in range(STEPS):
        x, y = batches[step % len(batches)]
        optimizer.zero_grad()
        loss = loss_of(network["loss"], network["forward"](parameters, x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    torch.set_num_threads(1)
    entries = {}
    for name, network in NETWORKS.items():
        losses, narrow = train(network, torch.float64), train(network, torch.float32)
        apart = max(abs(a - b) / abs(a) for a, b in zip(losses, narrow))
        print(f"{name}: {losses[0]:.6f} to {losses[-1]:.6f}, float32 within {apart:.1e}")
        assert apart < 1e-5, name
        entries[name] = {k: v for k, v in network.items() if k != "forward"} | dict(losses=[float(f"{x:.9g}") for x in losses])
    write_json(os.path.join(os.path.dirname(os.path.abspath(__file__)), "training.json"), {}, entries)
