"""Speed of normflows. Usage: flows_normflows.py THREADS COLUMNS [ARCHITECTURE ..]"""
import flows_torch
from flows_timing import BINS, BOUND, HIDDEN, LAYERS
from normflows import NormalizingFlow
from normflows.distributions import DiagGaussian
from normflows.flows import AffineCouplingBlock, CoupledRationalQuadraticSpline, LULinearPermute, Permute
from normflows.nets import MLP


def flow_of(columns, layers):
    """`layers(index)` gives the parts of one of the LAYERS, from the base towards the data."""
    parts = [part for index in range(LAYERS) for part in layers(index)]
    return NormalizingFlow(DiagGaussian(columns, trainable=False), parts)


def coupling_affine(columns):
    def layers(_):
        conditioner = MLP([columns // 2, HIDDEN, HIDDEN, columns], init_zeros=True)
        return [AffineCouplingBlock(conditioner), Permute(columns, mode="swap")]

    return flow_of(columns, layers)


def coupling_spline(columns):
    def layers(index):
        coupling = CoupledRationalQuadraticSpline(
            columns, num_blocks=2, num_hidden_channels=HIDDEN, num_bins=BINS, tail_bound=BOUND, reverse_mask=index % 2 == 1
        )
        return [coupling, LULinearPermute(columns)]

    return flow_of(columns, layers)


flows_torch.measure(
    "normflows",
    {"coupling-affine": coupling_affine, "coupling-spline": coupling_spline},
    log_prob=lambda flow, x: flow.log_prob(x),
    sample=lambda flow, rows: flow.sample(rows),
)
