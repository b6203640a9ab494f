"""
Values and gradients of the primitives, computed by NumPy and PyTorch in float64, for tests/conformance/golden.test.ts.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.13.0 numpy
    /tmp/venv/bin/python tests/golden/operations.py

Each case is a function of tensors; tests/support/cases/*.ts builds the same from primitives under the same name. Written to
operations.json: descriptions of the inputs, the outputs, the adjoints of float inputs for seeds made like inputs, and where asked
for the adjoints once more, with the first ones as outputs. null: nothing depends on it.
"""
import os
import zlib

import numpy as np
import torch
import torch.nn.functional as F

from common import fill, numbers, write_json

torch.set_default_dtype(torch.float64)
CASES = []


def f(*shape, low=-1.0, high=1.0, **more):
    return dict(shape=list(shape), dtype="float32", low=low, high=high, **more)


def i(*shape, low=0, high=10):
    return dict(shape=list(shape), dtype="int32", low=low, high=high)


def u(*shape):
    return dict(shape=list(shape), dtype="uint8", low=0, high=256)


def b(*shape):
    return dict(shape=list(shape), dtype="bool", low=0, high=2)


def values(dtype, data, shape=None):
    return dict(shape=shape or [len(data)], dtype=dtype, values=data)


def case(name, *inputs, second=False, grad=True):
    """Registers a function under a name; variants of one function are registered by calling it again."""

    def register(function):
        CASES.append((name, inputs, function, grad, second))
        return function

    return register


def seeds_for(name, tensors):
    return [torch.tensor(fill(dict(f(*t.shape), seed=zlib.crc32(f"{name}/seed/{k}".encode())))) for k, t in enumerate(tensors)]


def describe(t):
    kind = "bool" if t.dtype == torch.bool else "float32" if t.is_floating_point() else "int32"
    return dict(shape=list(t.shape), dtype=kind, data=numbers(t.detach().numpy()))


def run(name, specs, function, grad, second):
    described = []
    for k, spec in enumerate(specs):
        described.append(spec if "values" in spec else dict(spec, seed=zlib.crc32(f"{name}/{k}".encode())))
    tensors = [torch.tensor(fill(spec)) for spec in described]
    floats = [t for t in tensors if t.is_floating_point()]
    if grad:
        for t in floats:
            t.requires_grad_(True)
    outputs = function(*tensors)
    outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    entry = dict(inputs=described, outputs=[describe(o) for o in outputs])
    if not grad:
        return entry
    seeds = seeds_for(name, outputs)
    adjoints = torch.autograd.grad(outputs, floats, seeds, create_graph=second, allow_unused=True)
    entry["seeds"] = [zlib.crc32(f"{name}/seed/{k}".encode()) for k in range(len(outputs))]
    entry["gradients"] = [None if a is None else numbers(a.detach().numpy(force=True)) for a in adjoints]
    if second:
        flowing = [a for a in adjoints if a is not None]
        again = seeds_for(name + "/second", flowing)
        entry["secondSeeds"] = [zlib.crc32(f"{name}/second/seed/{k}".encode()) for k in range(len(flowing))]
        total = sum((a * v).sum() for a, v in zip(flowing, again))
        twice = torch.autograd.grad(total, floats, allow_unused=True) if total.requires_grad else [None for _ in floats]
        entry["second"] = [None if a is None else numbers(a.detach().numpy(force=True)) for a in twice]
    return entry


# Maps ----------------------------------------------------------------------------------------------------------------

SHAPES = [(0, 3), (1,), (7,), (3, 1, 3), (2, 9), (17,), (31,)]
UNARY = dict(
    neg=(torch.neg, {}), abs=(torch.abs, {}), sign=(torch.sign, {}), exp=(torch.exp, dict(low=-4, high=4)),
    expm1=(torch.expm1, dict(low=-2, high=2)), log=(torch.log, dict(low=0.01, high=5)), log1p=(torch.log1p, dict(low=-0.9, high=3)),
    sqrt=(torch.sqrt, dict(low=0.01, high=9)), sin=(torch.sin, dict(low=-9, high=9)), cos=(torch.cos, dict(low=-9, high=9)),
    tanh=(torch.tanh, dict(low=-4, high=4)), erf=(torch.erf, dict(low=-4, high=4)), sigmoid=(torch.sigmoid, dict(low=-9, high=9)),
)
for k, (op, (function, domain)) in enumerate(UNARY.items()):
    for shape in (SHAPES[k % 7], SHAPES[(k + 3) % 7]):
        case(f"{op} {list(shape)}", f(*shape, **domain), second=op != "sign")(function)
for op, function in dict(floor=torch.floor, ceil=torch.ceil, round=torch.round).items():
    case(f"{op} of halves", f(17, low=-4, high=4, step=0.5), grad=False)(function)

SPECIAL = ["NaN", "Infinity", "-Infinity", 0, -1, 1, 1e-30, 1e30]
for op in ("abs", "sign", "exp", "log", "log1p", "sqrt", "sin", "tanh", "erf", "sigmoid", "expm1"):
    # PyTorch's sign of NaN is 0, NumPy's is NaN, as ours.
    case(f"{op} of special values", values("float32", SPECIAL), grad=False)(
        UNARY[op][0] if op != "sign" else lambda x: torch.tensor(np.sign(x.numpy())))

BINARY = dict(add=torch.add, sub=torch.sub, mul=torch.mul, div=torch.div, maximum=torch.maximum, minimum=torch.minimum)
BROADCASTS = [((3, 1, 7), (8, 1)), ((9,), ()), ((1, 3), (17, 1)), ((2, 3, 4), (3, 4)), ((0, 3), (1, 3)), ((31,), (31,))]
for k, (op, function) in enumerate(BINARY.items()):
    low = 0.5 if op == "div" else -1
    for x, y in (BROADCASTS[k % 6], BROADCASTS[(k + 1) % 6]):
        case(f"{op} {list(x)} {list(y)}", f(*x), f(*y, low=low, high=2), second=True)(function)
case("maximum of ties", f(17, step=0.5), f(17, step=0.5))(torch.maximum)
case("minimum of ties", f(17, step=0.5), f(17, step=0.5))(torch.minimum)
case("maximum of special values", values("float32", SPECIAL), values("float32", SPECIAL[::-1]), grad=False)(torch.maximum)
case("minimum of special values", values("float32", SPECIAL), values("float32", SPECIAL[::-1]), grad=False)(torch.minimum)
case("mod of both signs", f(4, 8, low=-5, high=5), values("float32", [0.7, -0.7, 2, -2, 3.5, -0.1, 1, -1]))(torch.remainder)
case("pow", f(3, 7, low=0.1, high=3), f(7, low=-2, high=2), second=True)(torch.pow)
case("pow of negative bases", f(9, low=-2, high=2), values("float32", [0, 1, 2, 3, -1, -2, 4, 2, 3]), grad=False)(torch.pow)
case("pow 2 at zero", values("float32", [0, 1, -1, 2]), second=True)(lambda x: x**2)
case("pow 3", f(8), second=True)(lambda x: x**3)
case("pow 0.5", f(8, low=0.1, high=2), second=True)(lambda x: x**0.5)
case("pow of special values", values("float32", [0, 0, 1, -1, 2, -8, "NaN", "Infinity"]),
     values("float32", [0, -1, "NaN", "Infinity", "-Infinity", 1 / 3, 0, -1]), grad=False)(torch.pow)
for op, function in dict(equal=torch.eq, less=torch.lt, lessEqual=torch.le).items():
    case(f"{op} floats", f(17, step=0.5), f(17, step=0.5), grad=False)(function)
    case(f"{op} integers", i(3, 7, high=3), i(7, high=3), grad=False)(function)
    case(f"{op} special values", values("float32", SPECIAL), values("float32", SPECIAL), grad=False)(function)
case("and or not", b(9), b(9), grad=False)(lambda x, y: [x & y, x | y, ~x])
case("where", b(3, 1), f(3, 8), f(8))(torch.where)
case("where bool", b(9), b(9), b(9), grad=False)(torch.where)

# Integers -------------------------------------------------------------------------------------------------------------

wrap = lambda x: ((x + 2**31) % 2**32) - 2**31
case("int32 arithmetic", i(17, low=-100, high=100), i(17, low=-100, high=100), grad=False)(lambda x, y: [x + y, x - y, x * y, -x, x.abs(), x.sign()])
case("int32 arithmetic wraps", i(9, low=-2**31, high=2**31), i(9, low=-2**31, high=2**31), grad=False)(
    lambda x, y: [wrap(x + y), wrap(x - y), torch.tensor([((int(p) * int(q) + 2**31) % 2**32) - 2**31 for p, q in zip(x, y)])])
case("int32 division", i(31, low=-20, high=20), i(31, low=1, high=7), i(31, low=-7, high=0), grad=False)(
    lambda x, y, z: [torch.floor_divide(x, y), torch.floor_divide(x, z), torch.remainder(x, y), torch.remainder(x, z)])
case("int32 division by zero", i(7, low=-9, high=9), grad=False)(lambda x: [torch.zeros_like(x), torch.zeros_like(x)])
case("int32 power", i(9, low=-4, high=5), i(9, low=0, high=6), grad=False)(torch.pow)
case("uint8 arithmetic wraps", u(31), u(31), grad=False)(lambda x, y: [(x + y) % 256, (x - y) % 256, (x * y) % 256, x // (y + (y == 0).long()) * (y != 0)])
case("cast float to integers", values("float32", [0.9, -0.9, 1.5, -1.5, 255, 300, -1, 3e9, -3e9, "NaN", "Infinity", "-Infinity"]), grad=False)(
    lambda x: [torch.tensor([0, 0, 1, -1, 255, 300, -1, 2**31 - 1, -(2**31), 0, 2**31 - 1, -(2**31)]),
               torch.tensor([0, 0, 1, 255, 255, 44, 255, 255, 0, 0, 255, 0]), x != 0])
case("cast integers", i(9, low=-300, high=300), grad=False)(lambda x: [x.double(), x % 256, x != 0])
case("cast through half precision", f(31, low=-100, high=100), grad=False)(lambda x: [x.float().half().double(), x.float().bfloat16().double()])

# Reductions -----------------------------------------------------------------------------------------------------------

for axes in ([0], [1], [2], [0, 2], [1, 2], [0, 1, 2]):
    case(f"sum {axes}", f(3, 8, 9), second=axes == [1])(lambda x, a=axes: x.sum(a))
    case(f"max {axes}", f(3, 8, 9), second=axes == [1])(lambda x, a=axes: torch.amax(x, a))
case("min [1, 3]", f(2, 3, 1, 7))(lambda x: torch.amin(x, (1, 3)))
case("max of ties", f(3, 17, step=0.5))(lambda x: torch.amax(x, 1))
case("min of ties", f(3, 17, step=0.5))(lambda x: torch.amin(x, (0, 1)))
case("max of NaN", values("float32", [1, "NaN", 3, 4, 5, 6], [2, 3]), grad=False)(lambda x: [torch.amax(x, 1), torch.amin(x, 1)])
case("sum of nothing", f(3, 0))(lambda x: x.sum(1))
case("prod of nothing", f(3, 0))(lambda x: x.prod(1))
case("prod", f(3, 7, low=-2, high=2), second=True)(lambda x: x.prod(1))
case("prod of one", f(3, 1), second=True)(lambda x: x.prod(1))
case("prod of two axes", f(2, 3, 4, low=-2, high=2), second=True)(lambda x: x.permute(1, 0, 2).reshape(3, 8).prod(1))
case("prod with a zero", values("float32", [1, 0, 3, 0, 5, 0, 7, 8, 9], [3, 3]), second=True)(lambda x: x.prod(1))
case("sum of integers", i(7, 9, low=-9, high=9), grad=False)(lambda x: [x.sum(1), x.prod(1) * 0 + x.cumsum(1)[:, -1], torch.amax(x, 0), torch.amin(x, 0)])
case("any all", b(3, 2, 3), grad=False)(lambda x: [x.any(2), x.all(2), x.flatten(1).any(1), x.flatten(1).all(1)])
case("argMax argMin", f(3, 8, 9, step=0.25), grad=False)(
    lambda x: [torch.tensor(np.argmax(x.numpy(), k)) for k in range(3)] + [torch.tensor(np.argmin(x.numpy(), k)) for k in range(3)])
case("argMax of NaN", values("float32", [1, "NaN", 3, "NaN", 5, 6], [2, 3]), grad=False)(
    lambda x: [torch.tensor(np.argmax(x.numpy(), 1)), torch.tensor(np.argmin(x.numpy(), 1))])
case("mean and variance", f(7, 9), second=True)(lambda x: [x.mean(1), x.var(0, correction=0)])

# Layout ---------------------------------------------------------------------------------------------------------------

case("permute", f(2, 3, 7))(lambda x: x.permute(2, 0, 1))
case("reshape of a permutation", f(3, 8))(lambda x: x.T.reshape(2, 12))
case("broadcast", f(3, 1))(lambda x: x.expand(2, 3, 7))
case("slice with steps", f(8, 9))(lambda x: x[1:8:3, 2:9:2])
case("slice to nothing", f(8, 9))(lambda x: x[8:8, 2:9:2])
case("flip", f(3, 7))(lambda x: x.flip(0, 1))


def pad_interior(x, low, high, interior, value=0.0):
    shape = [l + h + n + max(0, n - 1) * g for n, l, h, g in zip(x.shape, low, high, interior)]
    y = torch.full(shape, value)
    y = y.clone()
    index = tuple(slice(l, l + max(0, n - 1) * (g + 1) + (1 if n else 0), g + 1) for n, l, g in zip(x.shape, low, interior))
    y[index] = x
    return y


case("pad", f(3, 4))(lambda x: pad_interior(x, [1, 0], [2, 3], [0, 0], 7.0))
case("pad interior", f(3, 4))(lambda x: pad_interior(x, [1, 0], [0, 2], [2, 1], -1.0))
case("pad nothing", f(0, 3))(lambda x: pad_interior(x, [1, 1], [1, 0], [3, 0], 2.0))
case("concat", f(3, 1), f(3, 7), f(3, 0), f(3, 2))(lambda *xs: torch.cat(xs, 1))
case("concat integers", i(2, 3), i(1, 3), grad=False)(lambda *xs: torch.cat(xs, 0))
case("non-contiguous chain", f(4, 5, 6), second=True)(lambda x: (x.permute(2, 0, 1)[1:6:2].flip(2) * x.permute(2, 1, 0)[0:3, 1:5].permute(0, 2, 1)[:, :, [0, 1, 2, 3, 3]]).sum(1))
case("window 1d", f(2, 9))(lambda x: x.unfold(1, 3, 2))
case("window 1d dilated", f(2, 9))(lambda x: torch.stack([x[:, k * 2 : k * 2 + 5 : 1] for k in range(3)], 2)[:, :5])
case("window 2d", f(2, 7, 8, 3))(lambda x: x.unfold(1, 3, 2).unfold(2, 2, 1))
case("fold 1d", f(2, 4, 3))(lambda x: F.fold(x.permute(0, 2, 1), (1, 9), (1, 3), stride=(1, 2)).reshape(2, 9))
case("fold 2d", f(1, 3, 4, 3, 2))(
    lambda x: F.fold(x.reshape(1, 12, 6).permute(0, 2, 1), (7, 5), (3, 2), stride=(2, 1)).reshape(1, 7, 5))
case("fold 2d dilated", f(1, 3, 4, 2, 2))(
    lambda x: F.fold(x.reshape(1, 12, 4).permute(0, 2, 1), (5, 9), (2, 2), stride=(1, 2), dilation=(2, 2)).reshape(1, 5, 9))

# Structured -----------------------------------------------------------------------------------------------------------

def shift_after(x, axis):
    return torch.cat([torch.zeros_like(x.narrow(axis, 0, 1)), x.narrow(axis, 0, x.shape[axis] - 1)], axis)


case("cumSum 0", f(7, 3))(lambda x: x.cumsum(0))
case("cumSum 1", f(3, 17))(lambda x: x.cumsum(1))
case("cumSum reverse", f(3, 8))(lambda x: x.flip(1).cumsum(1).flip(1))
case("cumSum exclusive", f(3, 8))(lambda x: shift_after(x.cumsum(1), 1))
case("cumSum reverse exclusive", f(9, 2))(lambda x: shift_after(x.flip(0).cumsum(0), 0).flip(0))
case("cumSum integers", i(3, 9, low=-9, high=9), grad=False)(lambda x: x.cumsum(1))
case("argSort", f(3, 17, step=0.25), grad=False)(
    lambda x: [torch.argsort(x, dim=1, stable=True), torch.argsort(x, dim=1, stable=True, descending=True), torch.argsort(x, dim=0, stable=True)])
case("argSort NaN last", values("float32", [3, "NaN", 1, "Infinity", "NaN", "-Infinity", 2]), grad=False)(
    lambda x: [torch.tensor([5, 2, 6, 0, 3, 1, 4]), torch.tensor([3, 0, 6, 2, 5, 1, 4])])
case("sort", f(3, 8))(lambda x: torch.sort(x, 1).values)
case("gather rows", f(7, 3), i(2, 4, high=7), second=True)(lambda x, k: x[k])
case("gather axis 1", f(3, 8, 2), i(5, high=8))(lambda x, k: x[:, k])
case("gather one", f(9), i(high=9))(lambda x, k: x[k])
case("gather none", f(7, 3), i(0, high=7))(lambda x, k: x[k])
case("gather batched", f(3, 8), i(3, 4, high=8), second=True)(lambda x, k: torch.gather(x, 1, k))
case("gather batched with an axis between", f(2, 3, 8, 2), i(2, 5, high=8))(lambda x, k: torch.stack([x[n][:, k[n]] for n in range(2)]))
case("scatter add", f(7, 3), i(9, high=7), f(9, 3))(lambda x, k, v: x.index_add(0, k, v))
case("scatter add axis 1", f(3, 8), i(2, 3, high=8), f(3, 2, 3), second=True)(lambda x, k, v: x.index_add(1, k.reshape(-1), v.reshape(3, 6)))
case("scatter add batched", f(3, 8), i(3, 9, high=8), f(3, 9))(lambda x, k, v: x.scatter_add(1, k, v))
case("scatter max", f(5), i(17, high=5), f(17))(lambda x, k, v: x.scatter_reduce(0, k, v, "amax"))
case("scatter max of ties", f(5, step=0.5), i(17, high=5), f(17, step=0.5))(lambda x, k, v: x.scatter_reduce(0, k, v, "amax"))


def scatter_replace(x, k, v):
    rows = list(x)
    for place, row in zip(k.tolist(), v):
        rows[place] = row
    return torch.stack(rows)


case("scatter replace", f(7, 3), i(9, high=7), f(9, 3), second=True)(scatter_replace)

# Products -------------------------------------------------------------------------------------------------------------

EINSUMS = [
    ("ik,kj->ij", (7, 9), (9, 3)), ("ki,kj->ij", (9, 7), (9, 3)), ("ik,jk->ij", (17, 8), (1, 8)), ("ki,jk->ij", (8, 3), (9, 8)),
    ("bik,bkj->bij", (2, 3, 4), (2, 4, 5)), ("bkhd,bqhd->bhkq", (2, 3, 2, 4), (2, 5, 2, 4)), ("i,j->ij", (3,), (7,)), ("i,i->", (31,), (31,)),
    ("bi,bi->b", (3, 9), (3, 9)), ("xiky,kjyx->yxij", (2, 3, 4, 5), (4, 2, 5, 2)), ("ik,kj->ij", (3, 0), (0, 2)), ("ik,kj->ij", (0, 3), (3, 2)),
    ("abcd,dcbe->ae", (2, 3, 4, 2), (2, 4, 3, 3)),
]
for equation, a, c in EINSUMS:
    case(f"contraction {equation} {list(a)} {list(c)}", f(*a), f(*c), second=True)(lambda x, y, e=equation: torch.einsum(e, x, y))
case("contraction of integers", i(3, 7, low=-9, high=9), i(7, 2, low=-9, high=9), grad=False)(lambda x, y: x @ y)


def convolve(x, w, stride=None, padding=None, dilation=None, groups=1, input_dilation=None):
    """Channels last, kernel (k…, channels / groups, filters), any padding; as PyTorch's convolution of what was padded by hand."""
    n = x.dim() - 2
    stride, dilation, input_dilation = stride or [1] * n, dilation or [1] * n, input_dilation or [1] * n
    padding = padding or [(0, 0)] * n
    low = [0] + [max(0, p[0]) for p in padding] + [0]
    high = [0] + [max(0, p[1]) for p in padding] + [0]
    x = pad_interior(x, low, high, [0] + [d - 1 for d in input_dilation] + [0])
    for axis, (before, after) in enumerate(padding):
        start, end = max(0, -before), x.shape[axis + 1] - max(0, -after)
        x = x.narrow(axis + 1, start, end - start)
    function = [F.conv1d, F.conv2d, F.conv3d][n - 1]
    y = function(x.movedim(-1, 1), w.permute(n + 1, n, *range(n)), stride=stride, dilation=dilation, groups=groups)
    return y.movedim(1, -1)


CONVOLUTIONS = dict(
    same_3x3=((1, 5, 7, 2), (3, 3, 2, 3), dict(padding=[(1, 1), (1, 1)])),
    valid_1x1=((2, 3, 3, 4), (1, 1, 4, 2), {}),
    strides=((1, 8, 9, 2), (3, 2, 2, 3), dict(stride=[2, 3], padding=[(1, 1), (0, 1)])),
    dilation=((1, 9, 8, 1), (3, 3, 1, 2), dict(dilation=[2, 3])),
    groups=((2, 5, 5, 4), (3, 3, 2, 6), dict(groups=2, padding=[(1, 0), (0, 1)])),
    depthwise=((1, 6, 5, 3), (3, 3, 1, 6), dict(groups=3, stride=[2, 1])),
    transposed=((1, 3, 4, 2), (3, 3, 2, 3), dict(input_dilation=[2, 2], padding=[(2, 2), (2, 1)])),
    transposed_groups=((1, 3, 3, 4), (2, 3, 2, 4), dict(input_dilation=[3, 2], padding=[(1, 1), (2, 2)], groups=2, stride=[2, 1])),
    negative_padding=((1, 7, 8, 2), (2, 3, 2, 2), dict(padding=[(-1, 1), (2, -2)])),
    padded_beyond_kernel=((1, 3, 3, 1), (2, 2, 1, 2), dict(padding=[(3, 4), (2, 3)], stride=[2, 2])),
    remainder=((1, 9, 10, 1), (2, 3, 1, 1), dict(stride=[4, 4])),
    everything=((2, 5, 6, 4), (2, 3, 2, 4), dict(stride=[2, 3], dilation=[2, 1], input_dilation=[2, 3], padding=[(1, 2), (3, -1)], groups=2)),
    one_axis=((2, 17, 3), (5, 3, 4), dict(padding=[(4, 0)])),
    one_axis_strided=((1, 31, 1), (4, 1, 2), dict(stride=[3], dilation=[2])),
    three_axes=((1, 4, 3, 5, 2), (2, 3, 2, 2, 2), dict(padding=[(1, 0), (1, 1), (0, 1)], stride=[1, 2, 2])),
    three_axes_groups=((1, 3, 4, 3, 2), (2, 2, 2, 1, 4), dict(groups=2, dilation=[1, 2, 1], input_dilation=[2, 1, 1])),
)
for name, (x, w, options) in CONVOLUTIONS.items():
    case(f"convolution {name}", f(*x), f(*w), second=True)(lambda x, w, o=options: convolve(x, w, **o))

nchw = lambda x: x.permute(0, 3, 1, 2)
nhwc = lambda x: x.permute(0, 2, 3, 1)
case("max pool", f(1, 7, 8, 2))(lambda x: nhwc(F.max_pool2d(nchw(x), (3, 2), (2, 2))))
case("average pool", f(1, 7, 8, 2))(lambda x: nhwc(F.avg_pool2d(nchw(x), 3, 2)))

# Composites: many primitives in one graph ------------------------------------------------------------------------------

case("softmax", f(3, 9, low=-4, high=4), second=True)(lambda x: F.softmax(x, 1))
case("log softmax cross entropy", f(8, 7, low=-4, high=4), i(8, high=7), second=True)(lambda x, k: F.cross_entropy(x, k))
case("gelu", f(31, low=-4, high=4), second=True)(F.gelu)
case("layer normalization", f(3, 8), f(8), f(8), second=True)(lambda x, g, c: F.layer_norm(x, (8,), g, c, 1e-5))
case("attention", f(2, 5, 4), f(2, 5, 4), f(2, 5, 3), second=True)(
    lambda q, k, v: F.softmax((q @ k.mT / 2).masked_fill(torch.triu(torch.ones(5, 5, dtype=torch.bool), 1), -1e9), -1) @ v)
case("logarithm of a sum of exponentials", f(3, 7, low=-9, high=9), second=True)(lambda x: torch.logsumexp(x, 1))
case("norm", f(9), second=True)(lambda x: (x * x).sum().sqrt())


@case("recurrent network", f(7, 3, 2), f(3, 4), f(2, 4), f(4, 4), second=True)
def recurrent(x, h, w, v):
    states = []
    for step in x:
        h = torch.tanh(step @ w + h @ v)
        states.append(h)
    return [h, torch.stack(states)]


if __name__ == "__main__":
    results = {name: run(name, *rest) for name, *rest in CASES}
    assert len(results) == len(CASES), "two cases have one name"
    here = os.path.dirname(os.path.abspath(__file__))
    write_json(os.path.join(here, "operations.json"), {}, results)
    print(len(results), "cases")
