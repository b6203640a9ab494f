"""Makes attention.json: PyTorch's scaled_dot_product_attention and its gradients, in float64, every 97th element. Run: python attention.py"""
import json
import pathlib

import torch
from common import fill

cases = {
    "causal": {"queries": 300, "keys": 300, "causal": True},
    "causal, several groups": {"queries": 700, "keys": 700, "causal": True},
    "more keys than queries": {"queries": 257, "keys": 400, "causal": False},
    "small": {"queries": 5, "keys": 9, "causal": False},
    "small, causal": {"queries": 7, "keys": 7, "causal": True},
}
every = 97
results = {}
for name, case in cases.items():
    shapes = {"q": [2, 3, case["queries"], 16], "k": [2, 3, case["keys"], 16], "v": [2, 3, case["keys"], 24], "dy": [2, 3, case["queries"], 24]}
    inputs = {key: {"shape": shape, "dtype": "float32", "low": -2, "high": 2, "seed": seed} for seed, (key, shape) in enumerate(shapes.items(), 1)}
    q, k, v, dy = (torch.tensor(fill(spec)) for spec in inputs.values())
    for x in (q, k, v):
        x.requires_grad_(True)
    y = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=case["causal"])
    y.backward(dy)
    values = {"y": y, "q": q.grad, "k": k.grad, "v": v.grad}
    results[name] = {"inputs": inputs, "causal": case["causal"], "every": every, "values": {key: x.detach().reshape(-1)[::every].tolist() for key, x in values.items()}}
path = pathlib.Path(__file__).parent / "attention.json"
path.write_text(json.dumps(results))
