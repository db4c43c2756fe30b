"""What the PyTorch peers share: numbers from text, networks, and one question and one answer a line.

The first line of stdin sets up: sizes, settings, parameters and one minibatch (float32, base64); the answer tells what
PyTorch this is. Then {"updates": n, "learningRate": x} makes n updates and tells their CPU and wall time in seconds and
the figures of the last; {"params": true} tells the parameters, in the order they came in.
"""

import base64
import json
import math
import sys
import time

import torch
from torch import nn

LOG_2PI = math.log(2 * math.pi)


def floats(text, *shape):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32).reshape(shape)


def network(sizes, activation):
    """The last layer is linear."""
    layers = []
    for width_in, width_out in zip(sizes[:-1], sizes[1:-1]):
        layers += [nn.Linear(width_in, width_out), activation()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def adam(params, eps):
    """foreach is faster than one tensor at a time."""
    return torch.optim.Adam(params, lr=0.0, eps=eps, foreach=True)


def answer(learner, request):
    if "params" in request:
        return {"params": base64.b64encode(learner.flat().numpy().tobytes()).decode()}
    for optimizer in learner.optimizers:
        for group in optimizer.param_groups:
            group["lr"] = request["learningRate"]
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(request["updates"]):
        figures = learner.update()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "figures": {name: value.item() for name, value in figures.items()}}


def product_speed(size=256, repeats=20):
    """GFLOP/s of a square matrix product: an order apart between a tuned BLAS and the reference one."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    best = math.inf
    for _ in range(repeats):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best / 1e9


def serve(make_learner):
    torch.set_num_threads(1)
    learner = make_learner(json.loads(sys.stdin.readline()))
    print(json.dumps({"version": torch.__version__, "productSpeed": product_speed()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(learner, json.loads(line))), flush=True)
