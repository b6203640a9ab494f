"""
What the layers of the real Keras give: outputs, shapes of weights, gradients to inputs and weights, changed statistics, masks.
Written to keras/<family>.json.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 /tmp/venv2/bin/python tests/golden/keras_layers.py [family …]

In float64. Each entry is one call in Python; names are Keras', and go to the file in camelCase, so that the options in the test are those
of the real layer. Weights and inputs are described as in common.py.
"""
import inspect
import os
import re
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")
import jax
import jax.numpy as jnp
import keras
import numpy as np

from common import fill, number, write_json

keras.config.set_floatx("float64")
L = keras.layers
FAMILIES: dict = {}
CLASS_NAMES = {name.lower() for name in dir(L)} | {"convlstmcell", "groupedqueryattention"}


def family(f):
    FAMILIES[f.__name__] = f
    return f


def camel(name: str) -> str:
    return re.sub(r"_+([a-z0-9])", lambda m: m.group(1).upper(), name)


def camel_value(value):
    if isinstance(value, str):
        return camel(value) if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", value) else value
    if isinstance(value, (list, tuple)):
        return [camel_value(v) for v in value]
    if isinstance(value, dict):
        return value if "shape" in value and "dtype" in value else {camel(k): camel_value(v) for k, v in value.items()}
    return value


def kind_of(name: str) -> str:
    fixed = {"RMSNormalization": "rmsNormalization", "SimpleRNN": "simpleRnn", "GRU": "gru", "LSTM": "lstm", "ReLU": "relu", "ELU": "elu",
             "PReLU": "prelu", "LeakyReLU": "leakyRelu", "GroupQueryAttention": "groupedQueryAttention",
             "ConvLSTM1D": "convLstm1d", "ConvLSTM2D": "convLstm2d", "ConvLSTM3D": "convLstm3d"}
    if name in fixed:
        return fixed[name]
    name = name.replace("Pooling", "Pool").replace("1D", "1d").replace("2D", "2d").replace("3D", "3d")
    return name[0].lower() + name[1:]


def floats(shape, seed, low=-1.0, high=1.0):
    return dict(shape=list(shape), dtype="float32", low=low, high=high, seed=seed)


def ints(shape, seed, high, low=0):
    return dict(shape=list(shape), dtype="int32", low=low, high=high, seed=seed)


def bools(shape, values):
    return dict(shape=list(shape), dtype="bool", values=values)


def as_array(spec):
    return jnp.asarray(fill(spec))


def short(array):
    return [float(f"{v:.7g}") if np.isfinite(v) else number(v) for v in np.asarray(array, dtype=np.float64).reshape(-1)]


def weight_name(variable) -> str:
    """The variable's path in camelCase, joined by dots, without the scopes that Keras only counted up from a class's name: `query.kernel`, `kernel`."""
    parts = [re.sub(r"_\d+$", "", part) for part in variable.path.split("/")]
    parts = [re.sub(r"^(forward|backward)_.*", r"\1", part) for part in parts]
    return ".".join(camel(part) for part in parts if part.replace("_", "") not in CLASS_NAMES)


def run(layer, inputs, *, options, kind=None, training=False, masks=None, call=None, distinct=None, seed=100):
    """One entry: calls the layer, and differentiates Σ outputs · seeds."""
    name = type(layer).__name__
    arrays = [as_array(spec) for spec in inputs]
    def value_of(v):
        if isinstance(v, dict) and "shape" in v:
            return as_array(v)
        return [value_of(one) for one in v] if isinstance(v, list) else v

    call_values = {k: value_of(v) for k, v in (call or {}).items()}
    accepts = inspect.signature(layer.call).parameters
    extra = dict(call_values)
    if "training" in accepts:
        extra["training"] = training
    if masks is not None and "mask" in accepts:
        extra["mask"] = as_array(masks[0]) if len(masks) == 1 else [None if m is None else as_array(m) for m in masks]
    positional = distinct if distinct is not None else len(arrays) > 1 and "inputs" not in list(accepts)[:1]
    given = (lambda xs: tuple(xs)) if positional else (lambda xs: (xs[0] if len(xs) == 1 else list(xs),))
    layer(*given(arrays), **extra)
    weights = []

    def specs_for(variables, base):
        specs = []
        for index, v in enumerate(variables):
            positive = re.search(r"variance|stddev|gamma", v.path) is not None
            specs.append(floats(v.shape, base + index, 0.5 if positive else -0.8, 1.5 if positive else 0.8))
        return specs

    trainable = specs_for(layer.trainable_variables, seed + 20)
    others = [v for v in layer.non_trainable_variables if "seed" not in v.path]
    fixed = specs_for(others, seed + 60)
    by_id = {id(v): s for v, s in list(zip(layer.trainable_variables, trainable)) + list(zip(others, fixed))}
    weights = [by_id[id(v)] for v in layer.weights if id(v) in by_id]
    non_trainable = [as_array(by_id[id(v)]) if id(v) in by_id else v.value for v in layer.non_trainable_variables]

    def outputs_of(trained, xs):
        out, changed = layer.stateless_call(trained, non_trainable, *given(xs), **extra)
        flat = list(out) if isinstance(out, (list, tuple)) else [out]
        flat = [o for group in flat for o in (group if isinstance(group, (list, tuple)) else [group])]
        return [jnp.asarray(o) for o in flat], changed

    begin = [as_array(s) for s in trainable]
    outputs, changed = outputs_of(begin, arrays)
    seeds = [floats(o.shape, seed + 80 + i) for i, o in enumerate(outputs)]
    is_float = [spec["dtype"] == "float32" for spec in inputs]

    def loss(trained, moving):
        xs, at = [], 0
        for a, f in zip(arrays, is_float):
            xs.append(moving[at] if f else a)
            at += 1 if f else 0
        out, _ = outputs_of(trained, xs)
        return sum((o.astype(jnp.float64) * as_array(s)).sum() for o, s in zip(out, seeds))

    moving = [a for a, f in zip(arrays, is_float) if f]
    d_weights, d_inputs = jax.grad(loss, argnums=(0, 1))(begin, moving)
    statistics = [short(c) for v, c in zip(layer.non_trainable_variables, changed) if id(v) in by_id] if training else []
    order = [next(i for i, v in enumerate(layer.trainable_variables) if v is w) if any(v is w for v in layer.trainable_variables) else -1 for w in layer.weights if id(w) in by_id]
    names = [weight_name(w) for w in layer.weights if id(w) in by_id]
    return dict(
        reference=f"keras.layers.{name}", kind=kind or kind_of(name), options=camel_value(options), inputs=inputs, training=training, seed=seed + 80,
        **({} if masks is None else dict(masks=masks)), **({} if not call else dict(call=camel_value(call))),
        **(dict(separate=True) if positional and len(inputs) > 1 else {}),
        weights=weights, names=names, outputs=[dict(shape=list(o.shape), values=short(o)) for o in outputs],
        dInputs=[short(d) for d in d_inputs], dWeights=[None if i < 0 else short(d_weights[i]) for i in order], statistics=statistics)


class Entries(dict):
    def add(self, cls, inputs, /, note="", kind=None, training=False, masks=None, call=None, distinct=None, seed=None, **options):
        layer = (getattr(L, cls) if isinstance(cls, str) else cls)(**options)
        return self.put(layer, inputs, options, note, kind=kind, training=training, masks=masks, call=call, distinct=distinct, seed=seed)

    def put(self, layer, inputs, options, note="", seed=None, **rest):
        inputs = [spec if isinstance(spec, dict) else floats(spec, 10 + i) for i, spec in enumerate(inputs)]
        seed = 100 + 7 * len(self) if seed is None else seed
        entry = run(layer, inputs, options=options, seed=seed, **rest)
        label = f"{entry['kind']} {note}".strip()
        name, n = label, 2
        while name in self:
            name, n = f"{label} ({n})", n + 1
        self[name] = entry


X2 = (2, 6, 5, 3)
X1 = (2, 7, 3)
X3 = (2, 4, 5, 4, 2)


@family
def core():
    e = Entries()
    e.add("Dense", [(3, 4)], units=3, activation="relu")
    e.add("Dense", [(2, 3, 4)], units=3, use_bias=False, activation="gelu")
    e.add("Dense", [(2, 3, 2, 4)], units=2, activation="hard_sigmoid")
    e.add("EinsumDense", [(2, 3, 4)], equation="abc,cd->abd", output_shape=(None, 5), bias_axes="d", activation="tanh")
    e.add("EinsumDense", [(2, 3, 4)], equation="abc,cde->abde", output_shape=(None, 2, 5), bias_axes="de")
    e.add("EinsumDense", [(2, 3, 4)], equation="abc,bde->ade", output_shape=(2, 5), bias_axes="e")
    e.add("EinsumDense", [(2, 3, 4)], equation="...x,xy->...y", output_shape=5, bias_axes="y")
    e.add("EinsumDense", [(2, 3, 4)], equation="abc,cd->abd", output_shape=(None, 5))
    e.add("EinsumDense", [(2, 3, 4)], equation="abc,cde->abde", output_shape=(None, 2, 5), bias_axes="d")
    e.add("Embedding", [ints((2, 5), 3, 7)], input_dim=7, output_dim=3)
    e.add("Embedding", [ints((2, 5), 4, 7)], input_dim=7, output_dim=2, mask_zero=True)
    e.add("Embedding", [ints((3,), 5, 4)], input_dim=4, output_dim=5)
    e.add("ReversibleEmbedding", [ints((2, 5), 3, 7)], input_dim=7, output_dim=3)
    e.add("ReversibleEmbedding", [(2, 5, 3)], "reverse", input_dim=7, output_dim=3, call=dict(reverse=True))
    e.add("ReversibleEmbedding", [(2, 5, 3)], "untied, capped", input_dim=7, output_dim=3, tie_weights=False, logit_soft_cap=2.0, call=dict(reverse=True))
    for shape in [(2, 3), (2, 3, 4), (3, 1)]:
        e.add("Identity", [shape])
    e.add("Masking", [dict(shape=[2, 3, 2], dtype="float32", values=[0, 0, 1, 0, 2, 3, 4, 0, 0, 0, 0, 0])])
    e.add("Masking", [dict(shape=[2, 3, 2], dtype="float32", values=[7, 7, 1, 7, 2, 3, 4, 0, 0, 0, 7, 7])], mask_value=7.0)
    e.add("Rescaling", [(2, 3)], scale=0.5, offset=-1.0)
    e.add("Rescaling", [(2, 3, 2)], scale=1 / 255)
    e.add("Rescaling", [(3, 2)], scale=-2.0, offset=0.25)
    e.add("Masking", [(2, 4, 3)], mask_value=0.5)
    e.add("Activation", [(2, 3)], activation="softplus")
    for name in ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"]:
        e.add(name, [(2, 3, 4), (2, 3, 4)])
        e.add(name, [(2, 3, 4), (2, 1, 4)])
        if name != "Subtract":
            e.add(name, [(2, 4), (2, 4), (2, 4)])
    e.add("Concatenate", [(2, 3, 4), (2, 3, 2)])
    e.add("Concatenate", [(2, 3, 4), (2, 2, 4), (2, 1, 4)], axis=1)
    e.add("Dot", [(2, 4), (2, 4)], axes=1)
    e.add("Dot", [(2, 3, 4), (2, 4, 5)], axes=(2, 1))
    e.add("Dot", [(2, 3, 4), (2, 3, 5)], axes=1, normalize=True)
    e.add("Dot", [(2, 4), (2, 4)], axes=-1, normalize=True)
    e.add("Dot", [(2, 3, 4), (2, 4)], axes=(2, 1))
    return e


@family
def activation():
    e = Entries()
    x = [floats((3, 8), 51, -6, 6)]
    # Not sparsemax: with more than one number in its support Keras 3.15.1 sums the running sums, so that rows do not add up to 1.
    for name in ["celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "linear",
                 "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus",
                 "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh", "tanh_shrink"]:
        e.add("Activation", x, name, activation=name)
    e.add("ReLU", x, max_value=3.0)
    e.add("ReLU", x, negative_slope=0.2, threshold=1.0)
    e.add("ReLU", x, negative_slope=0.1, threshold=0.5, max_value=4.0)
    e.add("LeakyReLU", x)
    e.add("LeakyReLU", x, negative_slope=0.05)
    e.add("ELU", x)
    e.add("ELU", x, alpha=0.3)
    e.add("Softmax", x)
    e.add("Softmax", [(2, 3, 4)], axis=1)
    e.add("Softmax", [(2, 3, 4)], axis=(1, 2))
    e.add("Softmax", [(2, 4)], "mask", call=dict(mask=bools((2, 4), [1, 0, 1, 1, 0, 1, 1, 0])))
    e.add("PReLU", x)
    e.add("PReLU", [(2, 4, 3, 2)], shared_axes=[1, 2])
    e.add("PReLU", [(2, 4, 3)], shared_axes=[1])
    return e


CONV = [dict(), dict(padding="same"), dict(padding="same", strides=2), dict(strides=2, use_bias=False), dict(dilation_rate=2, padding="same", activation="tanh")]


@family
def convolution():
    e = Entries()
    for name, x, size in [("Conv1D", X1, 3), ("Conv2D", X2, (3, 2)), ("Conv3D", X3, (2, 3, 2))]:
        for options in CONV:
            e.add(name, [x], filters=4, kernel_size=size, **options)
        e.add(name, [x], filters=2, kernel_size=1)
    e.add("Conv1D", [X1], filters=4, kernel_size=3, padding="causal", dilation_rate=2)
    e.add("Conv1D", [X1], filters=4, kernel_size=3, padding="causal", strides=2)
    e.add("Conv1D", [(2, 7, 4)], filters=6, kernel_size=3, groups=2)
    e.add("Conv2D", [(2, 5, 5, 4)], filters=8, kernel_size=2, groups=4)
    e.add("Conv2D", [(2, 3, 6, 5)], filters=4, kernel_size=(3, 2), data_format="channels_first")
    return e


@family
def depthwise():
    e = Entries()
    for name, x, size in [("DepthwiseConv1D", X1, 3), ("DepthwiseConv2D", X2, (3, 2))]:
        for options in CONV[:4]:
            e.add(name, [x], kernel_size=size, **options)
        e.add(name, [x], kernel_size=size, depth_multiplier=2, padding="same", activation="relu")
        e.add(name, [x], kernel_size=2, dilation_rate=2)
    for name, x, size in [("SeparableConv1D", X1, 3), ("SeparableConv2D", X2, (3, 2))]:
        for options in CONV[:3]:
            e.add(name, [x], filters=4, kernel_size=size, **options)
        e.add(name, [x], filters=5, kernel_size=2, depth_multiplier=2, activation="relu", use_bias=False)
    return e


@family
def transposed():
    e = Entries()
    for name, x, size in [("Conv1DTranspose", (2, 4, 3), 3), ("Conv2DTranspose", (2, 3, 4, 2), (3, 2)), ("Conv3DTranspose", (1, 2, 3, 2, 2), 2)]:
        for options in [dict(), dict(padding="same"), dict(strides=2), dict(strides=2, padding="same"), dict(strides=3, padding="same", use_bias=False, activation="tanh"),
                        dict(strides=2, padding="same", output_padding=1), dict(strides=2, output_padding=1), dict(dilation_rate=2)]:
            if name == "Conv3DTranspose" and "output_padding" in options:
                continue
            e.add(name, [x], filters=3, kernel_size=size, **options)
    e.add("Conv2DTranspose", [(2, 2, 3, 4)], filters=3, kernel_size=3, strides=2, data_format="channels_first")
    e.add("Conv2DTranspose", [(2, 3, 4, 2)], filters=3, kernel_size=5, strides=2, padding="same")
    e.add("Conv2DTranspose", [(2, 3, 4, 2)], filters=3, kernel_size=2, strides=4)
    return e


@family
def pooling():
    e = Entries()
    for dims, x in [(1, X1), (2, X2), (3, X3)]:
        for name in ["MaxPooling", "AveragePooling"]:
            for options in [dict(pool_size=2), dict(pool_size=3, strides=2, padding="same"), dict(pool_size=2, strides=1), dict(pool_size=3, strides=1, padding="same")]:
                e.add(f"{name}{dims}D", [x], **options)
        for name in ["GlobalMaxPooling", "GlobalAveragePooling"]:
            e.add(f"{name}{dims}D", [x])
        sizes = {1: [3, 5, 7], 2: [2, (3, 2), (4, 5)], 3: [2, (3, 2, 3), (4, 3, 1)]}[dims]
        for name in ["AdaptiveMaxPooling", "AdaptiveAveragePooling"]:
            for size in sizes:
                e.add(f"{name}{dims}D", [x], output_size=size)
    e.add("MaxPooling2D", [(2, 3, 6, 5)], pool_size=2, data_format="channels_first")
    e.add("AveragePooling2D", [(2, 3, 6, 5)], data_format="channels_first", pool_size=(3, 2), padding="same")
    e.add("GlobalAveragePooling2D", [(2, 3, 6, 5)], data_format="channels_first")
    e.add("GlobalAveragePooling1D", [(2, 4, 3)], "masked", masks=[bools((2, 4), [1, 1, 0, 1, 1, 0, 0, 0])])
    return e


@family
def normalization():
    e = Entries()
    x = (3, 4, 6)
    for options in [dict(), dict(epsilon=1e-5, center=False), dict(axis=[1, 2]), dict(axis=1, scale=False)]:
        e.add("LayerNormalization", [x], **options)
    for training in [False, True]:
        for options in [dict(), dict(momentum=0.9, epsilon=1e-2), dict(axis=1, scale=False), dict(center=False), dict(renorm=True), dict(renorm=True, renorm_clipping=dict(rmin=0.5, rmax=1.1, dmax=0.3), renorm_momentum=0.8)]:
            e.add("BatchNormalization", [x], "training" if training else "inference", training=training, **options)
    e.add("BatchNormalization", [x], "masked", training=True, masks=[bools((3, 4), [1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1])])
    e.add("BatchNormalization", [X2], "image", training=True)
    for options in [dict(groups=2), dict(groups=-1), dict(groups=3, epsilon=1e-5, scale=False), dict(groups=2, axis=1, center=False)]:
        e.add("GroupNormalization", [x], **options)
    for options in [dict(), dict(epsilon=1e-3), dict(axis=[1, 2])]:
        e.add("RMSNormalization", [x], **options)
    for options in [dict(), dict(axis=1), dict(axis=[1, 2])]:
        e.add("UnitNormalization", [x], **options)
    for inner, options, shape, n in [("Dense", dict(units=3), (2, 4), 1), ("Dense", dict(units=2, use_bias=False), (2, 5), 3), ("Conv2D", dict(filters=3, kernel_size=2), (1, 4, 3, 2), 2)]:
        described = dict(layer=kind_of(inner), options=camel_value(options))
        e.put(L.SpectralNormalization(getattr(L, inner)(**options), power_iterations=n), [shape], dict(layer=described, power_iterations=n), "training", training=True)
    return e


@family
def reshaping():
    e = Entries()
    e.add("Flatten", [X2])
    e.add("Flatten", [X2], data_format="channels_first")
    e.add("Reshape", [X2], target_shape=(10, -1))
    e.add("Reshape", [X2], target_shape=(3, 5, 6))
    e.add("Reshape", [(2, 6)], target_shape=(2, 3, 1))
    e.add("Permute", [X2], dims=(3, 1, 2))
    e.add("Permute", [(2, 3, 4)], dims=(2, 1))
    e.add("Permute", [X3], dims=(4, 2, 1, 3))
    for n in [1, 3, 4]:
        e.add("RepeatVector", [(2, 3)], n=n)
    for name, x, sets in [("1D", X1, [dict(), dict(cropping=2), dict(cropping=(0, 3))]),
                          ("2D", X2, [dict(cropping=1), dict(cropping=(2, 1)), dict(cropping=((1, 0), (2, 1))), dict(cropping=((1, 0), (0, 1)), data_format="channels_first")]),
                          ("3D", X3, [dict(), dict(cropping=(1, 2, 0)), dict(cropping=((1, 0), (2, 1), (0, 1)))])]:
        for options in sets:
            e.add(f"Cropping{name}", [x], **options)
    for name, x, sets in [("1D", X1, [dict(), dict(padding=2), dict(padding=(0, 3))]),
                          ("2D", X2, [dict(), dict(padding=(2, 1)), dict(padding=((1, 0), (2, 1))), dict(padding=((1, 0), (0, 1)), data_format="channels_first")]),
                          ("3D", (1, 2, 3, 2, 2), [dict(), dict(padding=(1, 2, 0)), dict(padding=((1, 0), (2, 1), (0, 1)))])]:
        for options in sets:
            e.add(f"ZeroPadding{name}", [x], **options)
    for size in [2, 3, 1]:
        e.add("UpSampling1D", [X1], size=size)
    for options in [dict(), dict(size=(2, 3)), dict(interpolation="bilinear"), dict(size=(3, 2), interpolation="bicubic"), dict(interpolation="lanczos3"), dict(interpolation="lanczos5"), dict(data_format="channels_first")]:
        e.add("UpSampling2D", [(2, 3, 4, 2)], **options)
    for options in [dict(), dict(size=(1, 2, 3)), dict(data_format="channels_first")]:
        e.add("UpSampling3D", [(1, 2, 3, 2, 2)], **options)
    return e


@family
def regularization():
    e = Entries()
    # At inference, where each is known to the last bit; what they draw in training is tested by its distribution.
    for rate in [0.0, 0.3, 0.9]:
        for name in ["Dropout", "SpatialDropout1D", "GaussianDropout", "AlphaDropout"]:
            e.add(name, [X1], rate=rate)
        e.add("SpatialDropout2D", [(2, 2, 3, 2)], rate=rate)
        e.add("SpatialDropout3D", [(1, 2, 2, 2, 2)], rate=rate)
        e.put(L.GaussianNoise(rate), [(2, 3)], dict(standard_deviation=rate))
        e.add("ActivityRegularization", [X1], l1=rate, l2=0.2)
    for name in ["Dropout", "GaussianDropout", "AlphaDropout"]:
        e.add(name, [X1], "in training, nothing to drop", training=True, rate=0.0)
    return e


if __name__ == "__main__":
    import importlib

    here = os.path.dirname(os.path.abspath(__file__))
    for more in ["keras_recurrent", "keras_attention", "keras_preprocessing", "keras_image"]:
        if os.path.exists(os.path.join(here, f"{more}.py")):
            sys.modules.setdefault("keras_layers", sys.modules["__main__"])
            importlib.import_module(more)
    os.makedirs(os.path.join(here, "keras"), exist_ok=True)
    for name, make in FAMILIES.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        entries = make()
        path = os.path.join(here, "keras", f"{name}.json")
        write_json(path, {}, entries)
        print(name, len(entries), os.path.getsize(path) // 1024, "kB")
