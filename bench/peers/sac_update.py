"""The SAC update of src/learn/sac.ts in PyTorch, on one thread: the same losses, Adams and targets on the same numbers."""

import copy
import math

import torch
from peer import LOG_2PI, adam, floats, network, serve
from torch import nn
from torch.nn import functional

LOG_STD_MIN, LOG_STD_MAX = -5, 2


class Learner:
    def __init__(self, setup):
        self.tau = setup["tau"]
        rows, obs_size, self.action_size = setup["rows"], setup["obsSize"], setup["actionSize"]
        hidden = setup["hidden"]
        self.actor = network([obs_size, *hidden, 2 * self.action_size], nn.ReLU)
        self.critics = [network([obs_size + self.action_size, *hidden, 1], nn.ReLU) for _ in range(2)]
        self.targets = copy.deepcopy(self.critics)
        self.log_temperature = nn.Parameter(torch.zeros(1))
        self.load(floats(setup["params"], -1))
        self.critic_params = [param for critic in self.critics for param in critic.parameters()]
        self.optimizers = [
            adam(self.actor.parameters(), 1e-8),
            adam(self.critic_params, 1e-8),
            adam([self.log_temperature], 1e-8),
        ]
        batch = setup["batch"]
        self.obs, self.next_obs = (floats(batch[name], rows, obs_size) for name in ["obs", "nextObs"])
        self.action, self.noise, self.next_noise = (
            floats(batch[name], rows, self.action_size) for name in ["action", "noise", "nextNoise"]
        )
        self.reward, self.discount = (floats(batch[name], rows, 1) for name in ["reward", "discount"])

    def blocks(self):
        """Parameters in the order of ours: of critics and targets layer by layer, both networks of a layer together."""
        pairs = lambda networks: [list(pair) for pair in zip(*(net.parameters() for net in networks))]
        singles = [[param] for param in self.actor.parameters()]
        return [*singles, *pairs(self.critics), [self.log_temperature], *pairs(self.targets)]

    def load(self, flat):
        """Weights are [in, out] in ours and [out, in] in PyTorch."""
        with torch.no_grad():
            for param in (param for block in self.blocks() for param in block):
                part, flat = flat[: param.numel()], flat[param.numel() :]
                param.copy_(part.reshape(param.T.shape).T if param.dim() == 2 else part)
        assert len(flat) == 0, f"{len(flat)} parameters too many"

    def flat(self):
        params = [param for block in self.blocks() for param in block]
        return torch.cat([(p.T if p.dim() == 2 else p).reshape(-1) for p in params]).detach()

    def sample(self, obs, noise):
        mean, spread = self.actor(obs).chunk(2, 1)
        log_std = (spread.tanh() + 1) * ((LOG_STD_MAX - LOG_STD_MIN) / 2) + LOG_STD_MIN
        u = mean + log_std.exp() * noise
        log_derivative = 2 * (math.log(2) - u - functional.softplus(-2 * u))
        log_prob = (-0.5 * noise * noise - log_std - 0.5 * LOG_2PI - log_derivative).sum(1, keepdim=True)
        return u.tanh(), log_prob

    @staticmethod
    def values(networks, obs, action):
        x = torch.cat([obs, action], 1)
        return [net(x) for net in networks]

    def update(self):
        actor_optimizer, critic_optimizer, temperature_optimizer = self.optimizers
        temperature = self.log_temperature.exp()
        held = temperature.detach()
        with torch.no_grad():
            next_action, next_log_prob = self.sample(self.next_obs, self.next_noise)
            least = torch.min(*self.values(self.targets, self.next_obs, next_action))
            wanted = self.reward + self.discount * (least - next_log_prob * held)
        values = self.values(self.critics, self.obs, self.action)
        critic_loss = sum(functional.mse_loss(value, wanted) for value in values)

        # All gradients come from the parameters before the step. Critics are held still for the actor's.
        action, log_prob = self.sample(self.obs, self.noise)
        for param in self.critic_params:
            param.requires_grad_(False)
        actor_loss = (log_prob * held - torch.min(*self.values(self.critics, self.obs, action))).mean()
        for param in self.critic_params:
            param.requires_grad_(True)
        temperature_loss = -(temperature * (log_prob.detach() - self.action_size)).mean()

        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        critic_loss.backward()
        actor_loss.backward()
        temperature_loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        with torch.no_grad():
            for target, critic in zip(self.targets, self.critics):
                for old, new in zip(target.parameters(), critic.parameters()):
                    old.lerp_(new, self.tau)
        return {
            "criticLoss": critic_loss,
            "value": torch.cat(values).mean(),
            "actorLoss": actor_loss,
            "entropy": -log_prob.mean(),
            "temperature": held,
        }


serve(Learner)
