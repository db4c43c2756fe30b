"""The PPO update of src/learn/ppo.ts in PyTorch, on one thread: the same loss, clipping and Adam on the same numbers."""

import torch
from peer import LOG_2PI, adam, floats, network, serve
from torch import nn


class Learner:
    def __init__(self, setup):
        self.setup = setup
        rows, obs_size, action_size = setup["rows"], setup["obsSize"], setup["actionSize"]
        self.actor = network([obs_size, *setup["hidden"], action_size], nn.Tanh)
        self.log_std = nn.Parameter(torch.zeros(action_size))
        self.critic = network([obs_size, *setup["hidden"], 1], nn.Tanh)
        self.params = [*self.actor.parameters(), self.log_std, *self.critic.parameters()]
        self.load(floats(setup["params"], -1))
        self.optimizers = [adam(self.params, 1e-5)]
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
        [optimizer] = self.optimizers
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

        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        grad_norm = nn.utils.clip_grad_norm_(self.params, self.setup["maxGradNorm"])
        optimizer.step()
        return {
            "policyLoss": policy_loss,
            "valueLoss": value_loss,
            "entropy": entropy,
            "approxKl": approx_kl,
            "clipFraction": clip_fraction,
            "gradNorm": grad_norm,
        }


serve(Learner)
