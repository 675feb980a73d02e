"""Held-out log-likelihood of Zuko's autoregressive spline flow. Usage: see command_line in density_training.py"""
import torch
from density_torch import TorchModel
from density_training import command_line, run, small
from zuko.flows import NSF

problem = command_line()
transforms, hidden, batch_size = (3, (64, 64), 128) if small(problem) else (5, (128, 128), 256)


def build():
    flow = NSF(problem.training.shape[1], transforms=transforms, hidden_features=hidden)
    return TorchModel(flow, lambda flow, x: flow().log_prob(x), min(batch_size, len(problem.training)), 1e-3)


torch.set_num_threads(1)
torch.manual_seed(problem.seed)
run("zuko", build, problem)
