"""
Where optimizers take the weights, by Keras 3.15 and PyTorch 2.13 in float64; written to optimizers.json.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python tests/golden/optimizers.py

`set` entries hold starting weights by path and five gradients each, which are given in turn. All others have the `reference` that computed
them, `kind` and `options` of ours, and the weights after some `steps`, one after the other; `evaluation` has averages at the end.
"""
import os
import warnings

import keras
import numpy as np
import torch
from keras import optimizers as K

from common import fill, numbers, write_json

keras.config.set_floatx("float64")
torch.set_default_dtype(torch.float64)
warnings.filterwarnings("ignore")
STEPS = (1, 10, 50)
FORMS = [dict(low=-1, high=1), dict(low=-0.1, high=0.3), dict(low=-1, high=1, step=0.25), dict(low=-2, high=0.5), dict(low=-0.5, high=0.5)]


def weight_set(shapes, seed):
    described = lambda shape, k, **form: dict(shape=list(shape), dtype="float32", seed=seed + k, **form)
    return {path: dict(weight=described(shape, 10 * i, low=-1, high=1), gradients=[described(shape, 10 * i + k + 1, **form) for k, form in enumerate(FORMS)])
            for i, (path, shape) in enumerate(shapes.items())}


sets = {
    "two": weight_set({"dense.kernel": (4, 3), "dense.bias": (3,)}, 500),
    "kernels": weight_set({"conv.kernel": (2, 1, 3, 2), "dense.kernel": (3, 4), "dense.bias": (4,)}, 600),
    "named": weight_set({"embedding.embeddings": (3, 2), "hidden.kernel": (3, 4), "last.kernel": (4, 2)}, 700),
}
entries = {}


def run(name, reference, kind, options, which, start, step, steps=STEPS, **more):
    """`start(paths, values)` makes the weights, `step(weights, gradients, t)` moves them and gives their values."""
    weights = start(list(sets[which]), [fill(entry["weight"]) for entry in sets[which].values()])
    gradients = [[fill(g) for g in entry["gradients"]] for entry in sets[which].values()]
    found = []
    for t in range(max(steps)):
        values = step(weights, [g[t % 5] for g in gradients], t)
        if t + 1 in steps:
            found += [numbers(value) for value in values]
    extra = {key: value(weights) if callable(value) else value for key, value in more.items()}
    entries[name] = dict(reference=reference, kind=kind, options=options, set=which, steps=list(steps), weights=found, **extra)


def by_keras(name, kind, cls, options, which="two", exclude=None, evaluation=None, reference=None, make=None, **arguments):
    optimizer = make() if make else cls(**arguments)
    if exclude:
        optimizer.exclude_from_weight_decay(var_names=exclude)

    def start(paths, values):
        variables = []
        for path, value in zip(paths, values):
            scope, leaf = path.split(".")
            with keras.name_scope(scope):
                variables.append(keras.Variable(value, name=leaf))
        return variables

    def step(variables, gradients, t):
        optimizer.apply([keras.ops.convert_to_tensor(g * (optimizer.loss_scale_factor or 1)) for g in gradients], variables)
        return [np.asarray(v.value) for v in variables]

    more = {} if evaluation is None else dict(evaluation=lambda v: [numbers(a) for a in evaluation(optimizer, v)])
    run(name, reference or f"keras.optimizers.{cls.__name__}", kind, options, which, start, step, **more)


def by_torch(name, kind, cls, options, which="two", evaluation=None, reference=None, rate=None, make=None, after=None, **arguments):
    made = {}

    def start(paths, values):
        parameters = [torch.tensor(value, requires_grad=True) for value in values]
        made["optimizer"] = make(parameters) if make else cls(parameters, **arguments)
        return parameters

    def step(parameters, gradients, t):
        for p, g in zip(parameters, gradients):
            p.grad = torch.tensor(g)
        if rate is not None:
            made["optimizer"].param_groups[0]["lr"] = rate(t)
        made["optimizer"].step()
        if after is not None:
            after(parameters, t)
        return [p.detach().numpy() for p in parameters]

    more = {} if evaluation is None else dict(evaluation=lambda p: [numbers(a) for a in evaluation(made["optimizer"], p)])
    run(name, reference or f"torch.optim.{cls.__name__}", kind, options, which, start, step, **more)


def stepped(optimizer):
    """Its `step` moves a StepLR, too."""
    scheduler, step = O.lr_scheduler.StepLR(optimizer, 7, 0.5), optimizer.step
    optimizer.step = lambda: (step(), scheduler.step())
    return optimizer


averages = lambda optimizer, _: [np.asarray(v.value) for v in optimizer._model_variables_moving_average]
O = torch.optim

# sgd -----------------------------------------------------------------------------------------------------------------
by_keras("sgd", "sgd", K.SGD, dict(), learning_rate=0.01)
by_keras("sgd momentum", "sgd", K.SGD, dict(learningRate=0.05, momentum=0.9), learning_rate=0.05, momentum=0.9)
by_keras("sgd nesterov", "sgd", K.SGD, dict(learningRate=0.05, momentum=0.8, nesterov=True), learning_rate=0.05, momentum=0.8, nesterov=True)
by_torch("sgd dampening, L2", "sgd", O.SGD, dict(learningRate=0.1, momentum=0.9, dampening=0.5, weightDecay=0.02, decoupledWeightDecay=False), lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.02)
half = dict(kind="step", config=dict(initialLearningRate=0.1, stepSize=7, gamma=0.5))
by_torch("sgd rate outside of the velocity", "sgd", O.SGD, dict(learningRate=half, momentum=0.9, ratePlacement="pytorch"), rate=lambda t: 0.1 * 0.5 ** (t // 7), lr=0.1, momentum=0.9)
by_torch("sgd nesterov, rate outside", "sgd", O.SGD, dict(learningRate=half, momentum=0.9, nesterov=True, ratePlacement="pytorch"), rate=lambda t: 0.1 * 0.5 ** (t // 7), lr=0.1, momentum=0.9, nesterov=True)

# rmsprop, adagrad, adadelta --------------------------------------------------------------------------------------------
by_keras("rmsprop", "rmsprop", K.RMSprop, dict())
by_keras("rmsprop momentum", "rmsprop", K.RMSprop, dict(learningRate=0.01, rho=0.8, momentum=0.7, epsilon=1e-3), learning_rate=0.01, rho=0.8, momentum=0.7, epsilon=1e-3)
by_keras("rmsprop centered", "rmsprop", K.RMSprop, dict(learningRate=0.01, centered=True, momentum=0.5, epsilon=1e-3), which="kernels", learning_rate=0.01, centered=True, momentum=0.5, epsilon=1e-3)
by_torch("rmsprop as in PyTorch", "rmsprop", O.RMSprop, dict(learningRate=0.01, rho=0.99, epsilon=1e-3, epsilonPlacement="pytorch"), lr=0.01, eps=1e-3)
by_torch("rmsprop centered, as in PyTorch", "rmsprop", O.RMSprop, dict(learningRate=half, rho=0.8, epsilon=1e-2, epsilonPlacement="pytorch", ratePlacement="pytorch", centered=True, momentum=0.9, weightDecay=0.1, decoupledWeightDecay=False), rate=lambda t: 0.1 * 0.5 ** (t // 7), alpha=0.8, eps=1e-2, centered=True, momentum=0.9, weight_decay=0.1)
by_keras("adagrad", "adagrad", K.Adagrad, dict())
by_keras("adagrad start", "adagrad", K.Adagrad, dict(learningRate=0.1, initialAccumulatorValue=0.5, epsilon=1e-2), learning_rate=0.1, initial_accumulator_value=0.5, epsilon=1e-2)
by_torch("adagrad as in PyTorch", "adagrad", O.Adagrad, dict(learningRate=0.1, initialAccumulatorValue=0, epsilon=1e-10, epsilonPlacement="pytorch", learningRateDecay=0.1), lr=0.1, lr_decay=0.1)
by_torch("adagrad as in PyTorch, start", "adagrad", O.Adagrad, dict(learningRate=0.1, initialAccumulatorValue=0.3, epsilon=0.1, epsilonPlacement="pytorch"), which="kernels", lr=0.1, initial_accumulator_value=0.3, eps=0.1)
by_keras("adadelta", "adadelta", K.Adadelta, dict())
by_keras("adadelta of the paper", "adadelta", K.Adadelta, dict(learningRate=1, rho=0.9, epsilon=1e-4), learning_rate=1.0, rho=0.9, epsilon=1e-4)
by_torch("adadelta as in PyTorch", "adadelta", O.Adadelta, dict(learningRate=1, rho=0.9, epsilon=1e-6, weightDecay=0.05, decoupledWeightDecay=False), which="kernels", lr=1.0, weight_decay=0.05)

# adam and its kin --------------------------------------------------------------------------------------------------------
by_keras("adam", "adam", K.Adam, dict())
by_keras("adam amsgrad", "adam", K.Adam, dict(learningRate=0.05, beta1=0.8, beta2=0.7, epsilon=1e-3, amsgrad=True), learning_rate=0.05, beta_1=0.8, beta_2=0.7, epsilon=1e-3, amsgrad=True)
by_torch("adam amsgrad, as in PyTorch", "adam", O.Adam, dict(learningRate=0.05, beta2=0.7, epsilon=1e-3, amsgrad=True, epsilonPlacement="pytorch", weightDecay=0.1, decoupledWeightDecay=False), lr=0.05, betas=(0.9, 0.7), eps=1e-3, amsgrad=True, weight_decay=0.1)
by_torch("adam as in PyTorch", "adam", O.Adam, dict(learningRate=0.01, epsilon=1e-8, epsilonPlacement="pytorch"), which="kernels", lr=0.01)
by_keras("adamW", "adamW", K.AdamW, dict(learningRate=0.02), learning_rate=0.02)
by_keras("adamW without decay of the bias", "adamW", K.AdamW, dict(learningRate=0.02, weightDecay=0.5, excludeFromWeightDecay=["bias"]), exclude=["bias"], learning_rate=0.02, weight_decay=0.5)
by_torch("adamW as in PyTorch", "adamW", O.AdamW, dict(learningRate=0.05, weightDecay=0.3, epsilon=1e-3, epsilonPlacement="pytorch", amsgrad=True), lr=0.05, weight_decay=0.3, eps=1e-3, amsgrad=True)
by_keras("adamax", "adamax", K.Adamax, dict())
by_keras("adamax fast", "adamax", K.Adamax, dict(learningRate=0.1, beta1=0.7, beta2=0.8, epsilon=0.1), which="kernels", learning_rate=0.1, beta_1=0.7, beta_2=0.8, epsilon=0.1)
by_torch("adamax as in PyTorch", "adamax", O.Adamax, dict(learningRate=0.02, beta2=0.9, epsilon=0.1, epsilonPlacement="pytorch"), lr=0.02, betas=(0.9, 0.9), eps=0.1)
by_keras("nadam", "nadam", K.Nadam, dict())
by_keras("nadam fast", "nadam", K.Nadam, dict(learningRate=0.05, beta1=0.8, beta2=0.9, epsilon=1e-3), which="kernels", learning_rate=0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3)
by_torch("nadam as in PyTorch", "nadam", O.NAdam, dict(learningRate=0.02, epsilon=1e-8, momentumDecay=0.004), lr=0.02)
by_torch("nadam as in PyTorch, decay", "nadam", O.NAdam, dict(learningRate=0.02, epsilon=1e-3, momentumDecay=0.1, weightDecay=0.2), lr=0.02, eps=1e-3, momentum_decay=0.1, weight_decay=0.2, decoupled_weight_decay=True)
by_torch("radam", "radam", O.RAdam, dict(learningRate=0.01), lr=0.01)
by_torch("radam of short memory", "radam", O.RAdam, dict(learningRate=0.05, beta1=0.8, beta2=0.9, epsilon=1e-3), which="kernels", lr=0.05, betas=(0.8, 0.9), eps=1e-3)
by_torch("radam never sure", "radam", O.RAdam, dict(learningRate=0.01, beta2=0.5), lr=0.01, betas=(0.9, 0.5))
by_torch("radam decay", "radam", O.RAdam, dict(learningRate=0.01, beta2=0.99, weightDecay=0.3), lr=0.01, betas=(0.9, 0.99), weight_decay=0.3, decoupled_weight_decay=True)
by_torch("radam L2", "radam", O.RAdam, dict(learningRate=0.01, beta2=0.99, weightDecay=0.3, decoupledWeightDecay=False), lr=0.01, betas=(0.9, 0.99), weight_decay=0.3)

# others of Keras -----------------------------------------------------------------------------------------------------------
by_keras("ftrl", "ftrl", K.Ftrl, dict())
by_keras("ftrl regularized", "ftrl", K.Ftrl, dict(learningRate=0.1, l1RegularizationStrength=0.3, l2RegularizationStrength=0.1, l2ShrinkageRegularizationStrength=0.05, beta=0.2), which="kernels", learning_rate=0.1, l1_regularization_strength=0.3, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.05, beta=0.2)
by_keras("ftrl power", "ftrl", K.Ftrl, dict(learningRate=0.1, learningRatePower=-0.7, initialAccumulatorValue=0.5), learning_rate=0.1, learning_rate_power=-0.7, initial_accumulator_value=0.5)
by_keras("lion", "lion", K.Lion, dict())
by_keras("lion fast", "lion", K.Lion, dict(learningRate=0.01, beta1=0.7, beta2=0.9), which="kernels", learning_rate=0.01, beta_1=0.7, beta_2=0.9)
by_keras("lion decay", "lion", K.Lion, dict(learningRate=0.01, weightDecay=0.5), learning_rate=0.01, weight_decay=0.5)
by_keras("lamb", "lamb", K.Lamb, dict())
by_keras("lamb fast", "lamb", K.Lamb, dict(learningRate=0.05, beta1=0.8, beta2=0.9, epsilon=1e-3), which="kernels", learning_rate=0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3)
by_keras("lamb decay", "lamb", K.Lamb, dict(learningRate=0.02, weightDecay=0.1), learning_rate=0.02, weight_decay=0.1)
by_keras("adafactor", "adafactor", K.Adafactor, dict(), which="kernels")
by_keras("adafactor large steps", "adafactor", K.Adafactor, dict(learningRate=0.5, beta2Decay=-0.5, epsilon1=1e-3, epsilon2=0.1, clipThreshold=0.7), which="kernels", learning_rate=0.5, beta_2_decay=-0.5, epsilon_1=1e-3, epsilon_2=0.1, clip_threshold=0.7)
by_keras("adafactor absolute steps", "adafactor", K.Adafactor, dict(learningRate=0.1, relativeStep=False, weightDecay=0.2), learning_rate=0.1, relative_step=False, weight_decay=0.2)
by_keras("muon", "muon", K.Muon, dict(learningRate=0.02), which="kernels", learning_rate=0.02)
by_keras("muon excluded", "muon", K.Muon, dict(learningRate=0.02, weightDecay=0.3, adamWeightDecay=0.1, excludeLayers=["last"], adamLrRatio=0.5), which="named", learning_rate=0.02, weight_decay=0.3, adam_weight_decay=0.1, exclude_layers=["last"], adam_lr_ratio=0.5)
by_keras("muon of Jordan", "muon", K.Muon, dict(learningRate=0.05, rmsRate=None, nesterov=False, nsSteps=3, momentum=0.8, excludeEmbeddings=False), which="named", learning_rate=0.05, rms_rate=None, nesterov=False, ns_steps=3, momentum=0.8, exclude_embeddings=False)
free = lambda beta: lambda optimizer, v: [(np.asarray(y.value) - (1 - beta) * np.asarray(z.value)) / beta for y, z in zip(v, optimizer._momentums)]
by_keras("scheduleFreeAdamW", "scheduleFreeAdamW", K.ScheduleFreeAdamW, dict(), evaluation=free(0.9))
by_keras("scheduleFreeAdamW warm-up", "scheduleFreeAdamW", K.ScheduleFreeAdamW, dict(learningRate=0.05, beta1=0.8, beta2=0.9, epsilon=1e-3, warmupSteps=20), which="kernels", evaluation=free(0.8), learning_rate=0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3, warmup_steps=20)
by_keras("scheduleFreeAdamW decay", "scheduleFreeAdamW", K.ScheduleFreeAdamW, dict(learningRate=0.02, weightDecay=0.3), evaluation=free(0.9), learning_rate=0.02, weight_decay=0.3)

# others of PyTorch ----------------------------------------------------------------------------------------------------------
by_torch("rprop", "rprop", O.Rprop, dict())
by_torch("rprop bounded", "rprop", O.Rprop, dict(learningRate=0.05, etaMinus=0.3, etaPlus=1.5, stepSizeMin=0.01, stepSizeMax=0.08), which="kernels", lr=0.05, etas=(0.3, 1.5), step_sizes=(0.01, 0.08))
by_torch("rprop slow", "rprop", O.Rprop, dict(learningRate=1e-3, etaMinus=0.9, etaPlus=1.1), lr=1e-3, etas=(0.9, 1.1))
mean = lambda optimizer, p: [optimizer.state[w]["ax"].numpy() for w in p]
by_torch("asgd", "asgd", O.ASGD, dict(), evaluation=mean)
by_torch("asgd averaged", "asgd", O.ASGD, dict(learningRate=0.1, lambd=0.1, alpha=0.6, t0=10), which="kernels", evaluation=mean, lr=0.1, lambd=0.1, alpha=0.6, t0=10)
by_torch("asgd decay", "asgd", O.ASGD, dict(learningRate=0.05, lambd=0.01, t0=0, weightDecay=0.1, decoupledWeightDecay=False), evaluation=mean, lr=0.05, lambd=0.01, t0=0, weight_decay=0.1)

# what all have in common, by Keras -----------------------------------------------------------------------------------------
by_keras("sgd clipNorm", "sgd", K.SGD, dict(learningRate=0.1, clipNorm=0.5), learning_rate=0.1, clipnorm=0.5)
by_keras("adam clipValue", "adam", K.Adam, dict(learningRate=0.01, clipValue=0.2), learning_rate=0.01, clipvalue=0.2)
by_keras("rmsprop globalClipNorm", "rmsprop", K.RMSprop, dict(learningRate=0.01, globalClipNorm=0.8), which="kernels", learning_rate=0.01, global_clipnorm=0.8)
by_keras("sgd decay", "sgd", K.SGD, dict(learningRate=0.1, momentum=0.9, weightDecay=0.3), learning_rate=0.1, momentum=0.9, weight_decay=0.3)
by_keras("ftrl decay", "ftrl", K.Ftrl, dict(learningRate=0.1, weightDecay=0.2), learning_rate=0.1, weight_decay=0.2)
by_keras("adam ema", "adam", K.Adam, dict(learningRate=0.05, useEma=True, emaMomentum=0.9), evaluation=averages, learning_rate=0.05, use_ema=True, ema_momentum=0.9)
by_keras("adamW ema, overwriting", "adamW", K.AdamW, dict(learningRate=0.05, weightDecay=0.1, useEma=True, emaOverwriteFrequency=4), evaluation=averages, learning_rate=0.05, weight_decay=0.1, use_ema=True, ema_overwrite_frequency=4)
by_keras("sgd ema, accumulated", "sgd", K.SGD, dict(learningRate=0.1, useEma=True, emaMomentum=0.8, emaOverwriteFrequency=2, gradientAccumulationSteps=3), evaluation=averages, learning_rate=0.1, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2, gradient_accumulation_steps=3)
by_keras("adam accumulated", "adam", K.Adam, dict(learningRate=0.05, gradientAccumulationSteps=4), learning_rate=0.05, gradient_accumulation_steps=4)
by_keras("nadam accumulated, clipped", "nadam", K.Nadam, dict(learningRate=0.05, gradientAccumulationSteps=3, globalClipNorm=0.3, weightDecay=0.1), learning_rate=0.05, gradient_accumulation_steps=3, global_clipnorm=0.3, weight_decay=0.1)
by_keras("adam lossScaleFactor", "adam", K.Adam, dict(learningRate=0.05, lossScaleFactor=16, epsilon=0.1), learning_rate=0.05, loss_scale_factor=16.0, epsilon=0.1)
cosine = dict(kind="cosineDecay", config=dict(initialLearningRate=0.1, decaySteps=40, alpha=0.1))
keras_cosine = lambda: K.schedules.CosineDecay(0.1, 40, 0.1)
by_keras("adamW schedule", "adamW", K.AdamW, dict(learningRate=cosine, weightDecay=0.2), learning_rate=keras_cosine(), weight_decay=0.2)
by_keras("lion schedule", "lion", K.Lion, dict(learningRate=dict(kind="exponentialDecay", config=dict(initialLearningRate=0.01, decaySteps=5, decayRate=0.8))), learning_rate=K.schedules.ExponentialDecay(0.01, 5, 0.8))
by_keras("sgd schedule, accumulated", "sgd", K.SGD, dict(learningRate=cosine, momentum=0.9, gradientAccumulationSteps=3), learning_rate=keras_cosine(), momentum=0.9, gradient_accumulation_steps=3)
by_keras("adafactor schedule", "adafactor", K.Adafactor, dict(learningRate=cosine), which="kernels", learning_rate=keras_cosine())

# wrappers ---------------------------------------------------------------------------------------------------------------------
described = lambda kind, **config: dict(kind=kind, config=config)
by_keras("multiOptimizer", "multiOptimizer", None,
         dict(optimizer=described("sgd", learningRate=0.05, momentum=0.9), groups=[dict(match=["conv.kernel"], optimizer=described("adam", learningRate=0.02)), dict(match=[dict(pattern="bias$")], optimizer=described("lion", learningRate=0.01))]),
         which="kernels", reference="keras.optimizers.MultiOptimizer",
         make=lambda: K.MultiOptimizer(K.OptimizerMap(K.SGD(learning_rate=0.05, momentum=0.9), {"conv/kernel": K.Adam(learning_rate=0.02), ".*bias": K.Lion(learning_rate=0.01)})))
by_torch("multiOptimizer by factors", "multiOptimizer", None,
         dict(optimizer=described("adam", learningRate=0.02, epsilon=1e-8, epsilonPlacement="pytorch"), groups=[dict(match=["conv."], learningRateFactor=0.1), dict(match=["bias"], learningRateFactor=2)]),
         which="kernels", reference="torch.optim.Adam, parameter groups", make=lambda p: O.Adam([dict(params=[p[1]]), dict(params=[p[0]], lr=0.002), dict(params=[p[2]], lr=0.04)], lr=0.02))
by_torch("multiOptimizer by factors of a schedule", "multiOptimizer", None,
         dict(optimizer=described("sgd", learningRate=half), groups=[dict(match=["bias"], learningRateFactor=0.5)]),
         reference="torch.optim.SGD, parameter groups under StepLR", make=lambda p: stepped(O.SGD([dict(params=[p[0]]), dict(params=[p[1]], lr=0.05)], lr=0.1)))


def averaged(period, first):
    """The mean of the weights by swa_utils.AveragedModel."""
    kept = {}

    def after(parameters, t):
        if t == 0:
            kept["model"] = O.swa_utils.AveragedModel(torch.nn.ParameterList([torch.nn.Parameter(p.detach().clone()) for p in parameters]))
            kept["now"] = torch.nn.ParameterList([torch.nn.Parameter(p.detach().clone()) for p in parameters])
        if t + 1 > first and (t + 1 - first) % period == 0:
            for p, q in zip(kept["now"], parameters):
                p.data.copy_(q.data)
            kept["model"].update_parameters(kept["now"])

    return after, lambda *_: [p.detach().numpy() for p in kept["model"].module]


for name, options, period, first in [("swa", {}, 1, 0), ("swa every fifth", dict(averagePeriod=5), 5, 0), ("swa late", dict(startAveraging=13, averagePeriod=4), 4, 13)]:
    after, found = averaged(period, first)
    by_torch(name, "swa", None, dict(optimizer=described("sgd", learningRate=0.1, momentum=0.9), **options), reference="torch.optim.swa_utils.AveragedModel of torch.optim.SGD", make=lambda p: O.SGD(p, lr=0.1, momentum=0.9), after=after, evaluation=found)


def slow_weights(period, alpha):
    """Zhang et al. 2019, arXiv:1907.08610, algorithm 1."""
    slow = []

    def begin(parameters):
        slow.extend(p.detach().clone() for p in parameters)
        return O.RAdam(parameters, lr=0.05)

    def after(parameters, t):
        if (t + 1) % period == 0:
            for s, p in zip(slow, parameters):
                s += alpha * (p.detach() - s)
                p.data.copy_(s)

    return begin, after


for name, options, period, alpha in [("lookahead", {}, 6, 0.5), ("lookahead often", dict(syncPeriod=3, slowStepSize=0.8), 3, 0.8), ("lookahead seldom", dict(syncPeriod=25, slowStepSize=0.2), 25, 0.2)]:
    begin, after = slow_weights(period, alpha)
    by_torch(name, "lookahead", None, dict(optimizer=described("radam", learningRate=0.05), **options), reference="torch.optim.RAdam under arXiv:1907.08610, algorithm 1", make=begin, after=after)


def by_adopt(name, options, lr=1e-3, b1=0.9, b2=0.9999, eps=1e-6, decay=0.0):
    """Taniguchi et al. 2024, arXiv:2411.02853, algorithm 2, with the clipping of its authors' code."""
    state = {}

    def step(weights, gradients, t):
        for i, g in enumerate(gradients):
            weights[i] = weights[i] * (1 - lr * decay)
            m, v = state.get(i, (0 * g, g * g))
            if t > 0:
                m = b1 * m + (1 - b1) * np.clip(g / np.maximum(np.sqrt(v), eps), -(t**0.25), t**0.25)
                weights[i] = weights[i] - lr * m
                v = b2 * v + (1 - b2) * g * g
            state[i] = (m, v)
        return weights

    run(name, "arXiv:2411.02853, algorithm 2", "adopt", options, "two", lambda _, values: list(values), step)


by_adopt("adopt", {})
by_adopt("adopt fast", dict(learningRate=0.05, beta1=0.7, beta2=0.9, epsilon=0.1), 0.05, 0.7, 0.9, 0.1)
by_adopt("adopt decay", dict(learningRate=0.02, beta2=0.99, weightDecay=0.3), 0.02, b2=0.99, decay=0.3)


def loss_scaling():
    """Gradients come scaled; those of some steps are infinite."""
    bad = [3, 4, 17, 30]
    for name, inner, kind, options, arguments in [
        ("lossScale", K.Adam(learning_rate=0.05), described("adam", learningRate=0.05), dict(initialScale=64, dynamicGrowthSteps=5), dict(initial_scale=64.0, dynamic_growth_steps=5)),
        ("lossScale of accumulated gradients", K.SGD(learning_rate=0.1, momentum=0.9, gradient_accumulation_steps=3), described("sgd", learningRate=0.1, momentum=0.9, gradientAccumulationSteps=3), dict(initialScale=8, dynamicGrowthSteps=2), dict(initial_scale=8.0, dynamic_growth_steps=2)),
        ("lossScale of averaged weights", K.SGD(learning_rate=0.1, use_ema=True), described("sgd", learningRate=0.1, useEma=True), dict(), dict()),
    ]:
        optimizer = K.LossScaleOptimizer(inner, **arguments)
        scales = []

        def step(variables, gradients, t):
            if not optimizer.built:
                optimizer.build(variables)
            scale = float(optimizer.dynamic_scale.value)
            scales.append(scale)
            given = [np.where(g == 0, 0.5, g) * np.inf if t in bad else g * scale for g in gradients]
            # The stateless form: `apply` under jax's cond leaks its tracers.
            moved, state = optimizer.stateless_apply([v.value for v in optimizer.variables], [keras.ops.convert_to_tensor(g) for g in given], [v.value for v in variables])
            for variable, value in zip(variables + optimizer.variables, list(moved) + list(state)):
                variable.assign(value)
            return [np.asarray(v.value) for v in variables]

        run(name, "keras.optimizers.LossScaleOptimizer", "lossScale", dict(optimizer=kind, **options), "two", lambda _, values: [keras.Variable(v) for v in values], step,
            infinite=bad, scales=lambda _: [int(s) for s in scales])


def quadratic():
    """L-BFGS on f(w) = Σ d (w - c)² / 2 + (Σ (w - c))² / 20, whose d and c are the first two gradients of the set, d = |g| + 0.3."""
    which = "two"
    for name, options, arguments in [
        ("lbfgs", {}, dict(history_size=10)),
        ("lbfgs short history", dict(historySize=2, learningRate=0.7), dict(history_size=2, lr=0.7)),
        ("lbfgs of one step", dict(historySize=1, learningRate=0.9), dict(history_size=1, lr=0.9)),
        ("lbfgs tolerant", dict(historySize=5, toleranceGrad=0.05), dict(history_size=5, tolerance_grad=0.05)),
    ]:
        parts = list(sets[which].values())
        d = [torch.tensor(abs(fill(p["gradients"][0])) + 0.3) for p in parts]
        c = [torch.tensor(fill(p["gradients"][1])) for p in parts]
        w = [torch.tensor(fill(p["weight"]), requires_grad=True) for p in parts]
        optimizer = O.LBFGS(w, max_iter=1, **arguments)

        def closure():
            optimizer.zero_grad()
            apart = [x - y for x, y in zip(w, c)]
            loss = sum((k * a * a).sum() for k, a in zip(d, apart)) / 2 + sum(a.sum() for a in apart) ** 2 / 20
            loss.backward()
            return loss

        steps, found = (1, 2, 4, 8, 14), []
        for t in range(max(steps)):
            optimizer.step(closure)
            if t + 1 in steps:
                found += [numbers(x.detach().numpy()) for x in w]
        entries[name] = dict(reference="torch.optim.LBFGS", kind="lbfgs", options=options, set=which, steps=list(steps), weights=found, quadratic=True)


if __name__ == "__main__":
    loss_scaling()
    quadratic()
    header = {f"set {name}": weights for name, weights in sets.items()}
    write_json(os.path.join(os.path.dirname(os.path.abspath(__file__)), "optimizers.json"), header, entries)
