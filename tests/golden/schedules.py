"""
Learning rates by step, from Keras 3.15 and PyTorch 2.13 in float64; written to schedules.json.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python tests/golden/schedules.py

`reference` names what computed the rates. Options are those of `schedules.<kind>`; schedules in them are descriptions { kind, config }.
"""
import os
import warnings

import keras
import torch

from common import number, write_json

keras.config.set_floatx("float64")
warnings.filterwarnings("ignore")
S = keras.optimizers.schedules
L = torch.optim.lr_scheduler

entries = {}


def add(name, reference, kind, options, rates):
    entries[name] = dict(reference=reference, kind=kind, options=options, rates=[[step, number(rate)] for step, rate in rates])


def by_keras(name, kind, cls, options, steps, **arguments):
    schedule = cls(**arguments)
    add(name, f"keras.optimizers.schedules.{cls.__name__}", kind, options, [(s, schedule(s)) for s in steps])


def by_torch(name, kind, reference, options, make, steps, lr=0.1):
    """The rate before each of the steps, by going there."""
    optimizer = torch.optim.SGD([torch.zeros(1, dtype=torch.float64)], lr=lr)
    scheduler = make(optimizer)
    rates = []
    for step in range(max(steps) + 1):
        if step in steps:
            rates.append((step, optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if step < max(steps):
            scheduler.step()
    add(name, f"torch.optim.lr_scheduler.{reference}", kind, options, rates)


AROUND = [0, 1, 2, 5, 9, 10, 11, 19, 20, 21, 29, 30, 31, 50, 100, 1000]

# Keras -------------------------------------------------------------------------------------------------------------
for staircase in (False, True):
    o = dict(initialLearningRate=0.1, decaySteps=10, decayRate=0.9, staircase=staircase)
    k = dict(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.9, staircase=staircase)
    by_keras(f"exponentialDecay staircase {staircase}", "exponentialDecay", S.ExponentialDecay, o, AROUND, **k)
    by_keras(f"inverseTimeDecay staircase {staircase}", "inverseTimeDecay", S.InverseTimeDecay, o, AROUND, **k)
by_keras("exponentialDecay that grows", "exponentialDecay", S.ExponentialDecay, dict(initialLearningRate=1e-3, decaySteps=7, decayRate=1.3), AROUND[:-1], initial_learning_rate=1e-3, decay_steps=7, decay_rate=1.3)
by_keras("inverseTimeDecay steep", "inverseTimeDecay", S.InverseTimeDecay, dict(initialLearningRate=2, decaySteps=1, decayRate=0.5), AROUND, initial_learning_rate=2.0, decay_steps=1, decay_rate=0.5)
for name, o, k in [
    ("line", {}, {}),
    ("cubic", dict(endLearningRate=0.01, power=3), dict(end_learning_rate=0.01, power=3.0)),
    ("root", dict(endLearningRate=0, power=0.5), dict(end_learning_rate=0.0, power=0.5)),
    ("cycle", dict(endLearningRate=0.001, power=2, cycle=True), dict(end_learning_rate=0.001, power=2.0, cycle=True)),
    ("cycle line", dict(cycle=True), dict(cycle=True)),
]:
    by_keras(f"polynomialDecay {name}", "polynomialDecay", S.PolynomialDecay, dict(initialLearningRate=0.1, decaySteps=20, **o), AROUND + [40, 41, 60], initial_learning_rate=0.1, decay_steps=20, **k)
by_keras("piecewiseConstantDecay", "piecewiseConstantDecay", S.PiecewiseConstantDecay, dict(boundaries=[10, 20, 30], values=[1, 0.5, 0.1, 0.01]), AROUND, boundaries=[10, 20, 30], values=[1.0, 0.5, 0.1, 0.01])
by_keras("piecewiseConstantDecay of two", "piecewiseConstantDecay", S.PiecewiseConstantDecay, dict(boundaries=[1], values=[0.2, 0.3]), AROUND, boundaries=[1], values=[0.2, 0.3])
for name, o, k in [
    ("", {}, {}),
    (" alpha", dict(alpha=0.1), dict(alpha=0.1)),
    (" warm-up", dict(alpha=0.05, warmupTarget=0.4, warmupSteps=10), dict(alpha=0.05, warmup_target=0.4, warmup_steps=10)),
    (" target without warm-up", dict(warmupTarget=0.4), dict(warmup_target=0.4)),
]:
    by_keras(f"cosineDecay{name}", "cosineDecay", S.CosineDecay, dict(initialLearningRate=0.1, decaySteps=30, **o), AROUND + [39, 40, 41], initial_learning_rate=0.1, decay_steps=30, **k)
for name, o, k, steps in [
    ("", {}, {}, [0, 1, 5, 9, 10, 11, 29, 30, 31, 69, 70, 71, 149, 150, 151, 700]),
    (" alike", dict(tMul=1), dict(t_mul=1.0), AROUND),
    (" lower and lower", dict(tMul=1.5, mMul=0.8, alpha=0.1), dict(t_mul=1.5, m_mul=0.8, alpha=0.1), [0, 3, 9, 10, 24, 25, 26, 47, 48, 100, 500]),
    (" alike and lower", dict(tMul=1, mMul=0.5, alpha=0.01), dict(t_mul=1.0, m_mul=0.5, alpha=0.01), AROUND[:-1]),
]:
    by_keras(f"cosineDecayRestarts{name}", "cosineDecayRestarts", S.CosineDecayRestarts, dict(initialLearningRate=0.1, firstDecaySteps=10, **o), steps, initial_learning_rate=0.1, first_decay_steps=10, **k)

# PyTorch -----------------------------------------------------------------------------------------------------------
T = [0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 14, 15, 19, 20, 21, 29, 30, 31, 45, 60]
by_torch("step", "step", "StepLR", dict(initialLearningRate=0.1, stepSize=10), lambda o: L.StepLR(o, 10), T)
by_torch("step of 3", "step", "StepLR", dict(initialLearningRate=0.1, stepSize=3, gamma=0.7), lambda o: L.StepLR(o, 3, 0.7), T)
by_torch("multiStep", "multiStep", "MultiStepLR", dict(initialLearningRate=0.1, milestones=[5, 20, 30]), lambda o: L.MultiStepLR(o, [5, 20, 30]), T)
by_torch("multiStep gamma", "multiStep", "MultiStepLR", dict(initialLearningRate=0.1, milestones=[1, 2], gamma=0.5), lambda o: L.MultiStepLR(o, [1, 2], 0.5), T)
by_torch("linear", "linear", "LinearLR", dict(initialLearningRate=0.1), lambda o: L.LinearLR(o), T)
by_torch("linear downwards", "linear", "LinearLR", dict(initialLearningRate=0.1, startFactor=1, endFactor=0.1, totalSteps=20), lambda o: L.LinearLR(o, 1.0, 0.1, 20), T)
by_torch("polynomialDecay as in PyTorch", "polynomialDecay", "PolynomialLR", dict(initialLearningRate=0.1, decaySteps=20, endLearningRate=0, power=2), lambda o: L.PolynomialLR(o, 20, 2.0), T)
by_torch("exponentialDecay as in PyTorch", "exponentialDecay", "ExponentialLR", dict(initialLearningRate=0.1, decaySteps=1, decayRate=0.95), lambda o: L.ExponentialLR(o, 0.95), T)
by_torch("cosineDecay as in PyTorch", "cosineDecay", "CosineAnnealingLR", dict(initialLearningRate=0.1, decaySteps=60, alpha=0.1), lambda o: L.CosineAnnealingLR(o, 60, 0.01), T)
by_torch("cosineDecayRestarts as in PyTorch", "cosineDecayRestarts", "CosineAnnealingWarmRestarts", dict(initialLearningRate=0.1, firstDecaySteps=5, tMul=2, alpha=0.01), lambda o: L.CosineAnnealingWarmRestarts(o, 5, 2, 0.001), T)
cycle = dict(cycle_momentum=False)
by_torch("cyclic", "cyclic", "CyclicLR", dict(baseLearningRate=0.01, maxLearningRate=0.1, stepSizeUp=10), lambda o: L.CyclicLR(o, 0.01, 0.1, 10, **cycle), T)
by_torch("cyclic triangular2", "cyclic", "CyclicLR", dict(baseLearningRate=0.01, maxLearningRate=0.1, stepSizeUp=5, stepSizeDown=10, mode="triangular2"), lambda o: L.CyclicLR(o, 0.01, 0.1, 5, 10, mode="triangular2", **cycle), T)
by_torch("cyclic expRange", "cyclic", "CyclicLR", dict(baseLearningRate=0.01, maxLearningRate=0.1, stepSizeUp=4, stepSizeDown=3, mode="expRange", gamma=0.97), lambda o: L.CyclicLR(o, 0.01, 0.1, 4, 3, mode="exp_range", gamma=0.97, **cycle), T)
by_torch("oneCycle", "oneCycle", "OneCycleLR", dict(maxLearningRate=0.1, totalSteps=60), lambda o: L.OneCycleLR(o, 0.1, 60, **cycle), T[:-1] + [59])
by_torch("oneCycle linear", "oneCycle", "OneCycleLR", dict(maxLearningRate=0.5, totalSteps=46, pctStart=0.25, annealStrategy="linear", divFactor=10, finalDivFactor=100), lambda o: L.OneCycleLR(o, 0.5, 46, pct_start=0.25, anneal_strategy="linear", div_factor=10.0, final_div_factor=100.0, **cycle), T[:-1])
by_torch("oneCycle three phases", "oneCycle", "OneCycleLR", dict(maxLearningRate=0.1, totalSteps=50, pctStart=0.4, threePhase=True), lambda o: L.OneCycleLR(o, 0.1, 50, pct_start=0.4, three_phase=True, **cycle), T[:-1] + [38, 39, 49])
by_torch("sequential", "sequential", "SequentialLR",
         dict(milestones=[5, 20], schedules=[dict(kind="linear", config=dict(initialLearningRate=0.1, startFactor=0.1, totalSteps=5)), dict(kind="exponentialDecay", config=dict(initialLearningRate=0.1, decaySteps=1, decayRate=0.9)), dict(kind="step", config=dict(initialLearningRate=0.1, stepSize=10))]),
         lambda o: L.SequentialLR(o, [L.LinearLR(o, 0.1, total_iters=5), L.ExponentialLR(o, 0.9), L.StepLR(o, 10)], [5, 20]), T)
by_torch("chain", "chain", "ChainedScheduler",
         dict(schedules=[dict(kind="exponentialDecay", config=dict(initialLearningRate=0.1, decaySteps=1, decayRate=0.95)), dict(kind="linear", config=dict(initialLearningRate=1, startFactor=0.1, totalSteps=10))]),
         lambda o: L.ChainedScheduler([L.ExponentialLR(o, 0.95), L.LinearLR(o, 0.1, total_iters=10)]), T)
by_torch("warmup", "warmup", "SequentialLR",
         dict(warmupSteps=10, startLearningRate=0.02, schedule=dict(kind="cosineDecay", config=dict(initialLearningRate=0.1, decaySteps=50))),
         lambda o: L.SequentialLR(o, [L.LinearLR(o, 0.2, total_iters=10), L.CosineAnnealingLR(o, 50)], [10]), T)

if __name__ == "__main__":
    write_json(os.path.join(os.path.dirname(os.path.abspath(__file__)), "schedules.json"), {}, entries)
