"""
Held-out log-likelihood of nflows: RQ-NSF (C) of Durkan et al. 2019 as in the paper's own experiments, with the sizes of HEPMASS, or
those of MINIBOONE for small tables. Usage: see command_line in density_training.py
"""
import torch
from density_torch import TorchModel
from density_training import command_line, run, small
from nflows.distributions import StandardNormal
from nflows.flows import Flow
from nflows.nn.nets import ResidualNet
from nflows.transforms import (
    CompositeTransform,
    LULinear,
    PiecewiseRationalQuadraticCouplingTransform,
    RandomPermutation,
)
from nflows.utils import create_alternating_binary_mask

STEPS_OF_FLOW = 10
TAIL_BOUND = 3.0
DROPOUT = 0.2

problem = command_line()
columns = problem.training.shape[1]
hidden, bins, batch_size = (32, 4, 128) if small(problem) else (128, 8, 256)


def linear():
    return [RandomPermutation(columns), LULinear(columns)]


def coupling(index):
    return PiecewiseRationalQuadraticCouplingTransform(
        create_alternating_binary_mask(columns, even=index % 2 == 0),
        lambda inputs, outputs: ResidualNet(inputs, outputs, hidden, num_blocks=2, dropout_probability=DROPOUT),
        num_bins=bins,
        tails="linear",
        tail_bound=TAIL_BOUND,
        apply_unconditional_transform=True,
    )


def build():
    transforms = [part for index in range(STEPS_OF_FLOW) for part in [*linear(), coupling(index)]]
    flow = Flow(CompositeTransform([*transforms, *linear()]), StandardNormal([columns]))
    size = min(batch_size, len(problem.training))
    return TorchModel(flow, lambda flow, x: flow.log_prob(x), size, 5e-4, cosine=True, clip=5.0)


torch.set_num_threads(1)
torch.manual_seed(problem.seed)
run("nflows", build, problem)
