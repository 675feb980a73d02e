"""Milliseconds per training step of Real NVP in a minimal PyTorch loop. Usage: train_real_nvp.py THREADS CONFIGURATIONS_JSON"""
import json
import sys
import time

import torch

COUPLINGS = 8
CALLS = 8


class Coupling(torch.nn.Module):
    def __init__(self, columns, hidden):
        super().__init__()
        self.half = columns // 2
        self.conditioner = torch.nn.Sequential(
            torch.nn.Linear(self.half, hidden),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden, hidden),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden, columns),
        )

    def forward(self, x):
        a, b = x[:, : self.half], x[:, self.half :]
        raw, shift = self.conditioner(a).chunk(2, 1)
        log_scale = torch.tanh(raw)
        return torch.cat([b * log_scale.exp() + shift, a], 1), log_scale.sum(1)


def milliseconds_per_step(columns, hidden, batchSize, steps):
    layers = torch.nn.ModuleList([Coupling(columns, hidden) for _ in range(COUPLINGS)])
    optimizer = torch.optim.Adam(layers.parameters(), 1e-3)
    batches = torch.randn(steps, batchSize, columns)
    fastest = float("inf")
    for call in range(CALLS):
        started = time.perf_counter()
        for x in batches:
            log_det = 0
            for layer in layers:
                x, term = layer(x)
                log_det = log_det + term
            loss = (0.5 * (x * x).sum(1) - log_det).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if call > 0:
            fastest = min(fastest, (time.perf_counter() - started) / steps * 1e3)
    return fastest


torch.set_num_threads(int(sys.argv[1]))
for configuration in json.loads(sys.argv[2]):
    print(json.dumps({**configuration, "millisecondsPerStep": milliseconds_per_step(**configuration), "version": torch.__version__}))
