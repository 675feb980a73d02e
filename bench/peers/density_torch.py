"""Training of flows that are PyTorch modules."""
import copy
import math

import torch


class TorchModel:
    """
    `log_prob(flow, x)` gives [rows]. With Adam; `cosine` lets the rate fall to 0 over the training allowed, and `clip` is the largest
    norm of a gradient.
    """

    def __init__(self, flow, log_prob, batch_size, learning_rate, cosine=False, clip=math.inf):
        self.batch_size = batch_size
        self._flow, self._log_prob = flow, log_prob
        self._learning_rate, self._cosine, self._clip = learning_rate, cosine, clip
        self._optimizer = torch.optim.Adam(flow.parameters(), learning_rate, fused=True)

    def step(self, rows, part):
        self._flow.train()
        if self._cosine:
            self._optimizer.param_groups[0]["lr"] = self._learning_rate * 0.5 * (1 + math.cos(math.pi * min(1, part)))
        self._optimizer.zero_grad()
        loss = -self._log_prob(self._flow, torch.from_numpy(rows)).mean()
        loss.backward()
        if self._clip < math.inf:
            torch.nn.utils.clip_grad_norm_(self._flow.parameters(), self._clip)
        self._optimizer.step()

    @torch.no_grad()
    def log_prob(self, rows):
        self._flow.eval()
        return self._log_prob(self._flow, torch.from_numpy(rows)).numpy()

    def parameters(self):
        return copy.deepcopy(self._flow.state_dict())

    def restore(self, parameters):
        self._flow.load_state_dict(parameters)
