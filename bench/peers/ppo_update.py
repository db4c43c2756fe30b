"""The PPO update of src/learn/ppo.ts in PyTorch, on one thread: the same loss, clipping and Adam on the same numbers.

Reads one JSON object a line from stdin and answers each with one on stdout. The first line sets up: sizes, settings,
parameters and one minibatch (float32, base64); the answer tells what PyTorch this is. Then {"updates": n, "learningRate": x} makes n updates and tells their
CPU and wall time in seconds and the figures of the last; {"params": true} tells the parameters, in the same order.
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


def network(obs_size, hidden, out_size):
    sizes = [obs_size, *hidden]
    layers = []
    for width_in, width_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(width_in, width_out), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], out_size))


class Learner:
    def __init__(self, setup):
        self.setup = setup
        rows, obs_size, action_size = setup["rows"], setup["obsSize"], setup["actionSize"]
        self.actor = network(obs_size, setup["hidden"], action_size)
        self.log_std = nn.Parameter(torch.zeros(action_size))
        self.critic = network(obs_size, setup["hidden"], 1)
        self.params = [*self.actor.parameters(), self.log_std, *self.critic.parameters()]
        self.load(floats(setup["params"], -1))
        self.optimizer = torch.optim.Adam(self.params, lr=0.0, eps=1e-5, foreach=True)  # faster than one tensor at a time
        batch = setup["batch"]
        self.obs = floats(batch["obs"], rows, obs_size)
        self.action = floats(batch["action"], rows, action_size)
        columns = ["logProb", "advantage", "target", "value"]
        self.old_log_prob, self.advantage, self.target, self.old_value = (floats(batch[c], rows) for c in columns)

    def load(self, flat):
        """Ours are one vector, block after block, weights as [in, out]; PyTorch's weights are [out, in]."""
        with torch.no_grad():
            for param in self.params:
                block, flat = flat[: param.numel()], flat[param.numel() :]
                param.copy_(block.reshape(param.T.shape).T if param.dim() == 2 else block)
        assert len(flat) == 0, f"{len(flat)} parameters too many"

    def flat(self):
        return torch.cat([(p.T if p.dim() == 2 else p).reshape(-1) for p in self.params]).detach()

    def update(self):
        clip = self.setup["clip"]
        z = (self.action - self.actor(self.obs)) * (-self.log_std).exp()
        log_prob = (-0.5 * z * z - self.log_std - 0.5 * LOG_2PI).sum(1)
        log_ratio = log_prob - self.old_log_prob
        ratio = log_ratio.exp()
        with torch.no_grad():
            approx_kl = (ratio - 1 - log_ratio).mean()
            clip_fraction = ((ratio - 1).abs() > clip).float().mean()
        weight = (self.advantage - self.advantage.mean()) / (self.advantage.std() + 1e-8)
        policy_loss = -torch.min(ratio * weight, ratio.clamp(1 - clip, 1 + clip) * weight).mean()

        value = self.critic(self.obs).squeeze(1)
        near = self.old_value + (value - self.old_value).clamp(-clip, clip)
        value_loss = 0.5 * torch.max((value - self.target) ** 2, (near - self.target) ** 2).mean()
        entropy = (self.log_std + 0.5 * (LOG_2PI + 1)).sum()
        loss = policy_loss + self.setup["valueWeight"] * value_loss - self.setup["entropyWeight"] * entropy

        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        grad_norm = nn.utils.clip_grad_norm_(self.params, self.setup["maxGradNorm"])
        self.optimizer.step()
        return {
            "policyLoss": policy_loss,
            "valueLoss": value_loss,
            "entropy": entropy,
            "approxKl": approx_kl,
            "clipFraction": clip_fraction,
            "gradNorm": grad_norm,
        }

    def answer(self, request):
        if "params" in request:
            return {"params": base64.b64encode(self.flat().numpy().tobytes()).decode()}
        for group in self.optimizer.param_groups:
            group["lr"] = request["learningRate"]
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(request["updates"]):
            figures = self.update()
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


def main():
    torch.set_num_threads(1)
    learner = Learner(json.loads(sys.stdin.readline()))
    print(json.dumps({"version": torch.__version__, "productSpeed": product_speed()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(learner.answer(json.loads(line))), flush=True)


main()
