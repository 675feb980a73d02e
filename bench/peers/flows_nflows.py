"""Speed of nflows. Usage: flows_nflows.py THREADS COLUMNS [ARCHITECTURE ..]"""
import flows_torch
from flows_timing import BINS, BOUND, HIDDEN, LAYERS
from nflows.distributions import StandardNormal
from nflows.flows import Flow
from nflows.nn.nets import MLP, ResidualNet
from nflows.transforms import (
    AffineCouplingTransform,
    CompositeTransform,
    LULinear,
    MaskedAffineAutoregressiveTransform,
    MaskedPiecewiseRationalQuadraticAutoregressiveTransform,
    PiecewiseRationalQuadraticCouplingTransform,
    RandomPermutation,
    ReversePermutation,
)
from nflows.utils import create_alternating_binary_mask

SPLINE = {"num_bins": BINS, "tails": "linear", "tail_bound": BOUND}
# The masked network is then two hidden layers: the first, and the one of the block.
MASKED_MLP = {"hidden_features": HIDDEN, "num_blocks": 1, "use_residual_blocks": False}


class Conditioner(MLP):
    """nflows' perceptron as its couplings call it: they always pass a context."""

    def forward(self, inputs, context=None):
        return super().forward(inputs)


def flow_of(columns, layers):
    """`layers(index)` gives the transforms of one of the LAYERS."""
    transforms = [transform for index in range(LAYERS) for transform in layers(index)]
    return Flow(CompositeTransform(transforms), StandardNormal([columns]))


def coupling_affine(columns):
    def layers(index):
        mask = create_alternating_binary_mask(columns, even=index % 2 == 0)
        return [AffineCouplingTransform(mask, lambda inputs, outputs: Conditioner([inputs], [outputs], [HIDDEN, HIDDEN]))]

    return flow_of(columns, layers)


def coupling_spline(columns):
    def layers(index):
        mask = create_alternating_binary_mask(columns, even=index % 2 == 0)
        coupling = PiecewiseRationalQuadraticCouplingTransform(
            mask, lambda inputs, outputs: ResidualNet(inputs, outputs, HIDDEN, num_blocks=2), **SPLINE
        )
        return [RandomPermutation(columns), LULinear(columns), coupling]

    return flow_of(columns, layers)


def autoregressive_affine(columns):
    return flow_of(
        columns, lambda _: [ReversePermutation(columns), MaskedAffineAutoregressiveTransform(columns, **MASKED_MLP)]
    )


def autoregressive_spline(columns):
    return flow_of(
        columns,
        lambda _: [
            ReversePermutation(columns),
            MaskedPiecewiseRationalQuadraticAutoregressiveTransform(columns, **MASKED_MLP, **SPLINE),
        ],
    )


flows_torch.measure(
    "nflows",
    {
        "coupling-affine": coupling_affine,
        "coupling-spline": coupling_spline,
        "autoregressive-affine": autoregressive_affine,
        "autoregressive-spline": autoregressive_spline,
    },
    log_prob=lambda flow, x: flow.log_prob(x),
    sample=lambda flow, rows: flow.sample(rows),
)
