"""Speed of FlowJAX. Usage: flows_flowjax.py THREADS COLUMNS [ARCHITECTURE ..]"""
import os
from functools import partial
from importlib.metadata import version

from flows_timing import BATCH_SIZE, BINS, BOUND, EVALUATION_ROWS, HIDDEN, LAYERS, STEPS, command_line, report

threads, columns, asked = command_line()
# Read when JAX is loaded. The number of threads itself is that of the cores which the process may use.
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"

import equinox
import jax
import optax
import paramax
from flowjax.bijections import RationalQuadraticSpline
from flowjax.distributions import StandardNormal
from flowjax.flows import coupling_flow, masked_autoregressive_flow

SIZES = {"base_dist": StandardNormal((columns,)), "flow_layers": LAYERS, "nn_width": HIDDEN}
# The ends of the interval are no inner knots.
spline = RationalQuadraticSpline(knots=BINS - 1, interval=BOUND)

architectures = {
    "coupling-affine": partial(coupling_flow, nn_depth=2, **SIZES),
    # As many products as in a residual network of two blocks: FlowJAX has none, and no LU layer either.
    "coupling-spline": partial(coupling_flow, nn_depth=5, transformer=spline, **SIZES),
    "autoregressive-affine": partial(masked_autoregressive_flow, nn_depth=2, **SIZES),
    "autoregressive-spline": partial(masked_autoregressive_flow, nn_depth=2, transformer=spline, **SIZES),
}


def measure(architecture):
    keys = jax.random.split(jax.random.key(0), 4)
    parameters, static = equinox.partition(
        architectures[architecture](keys[0]),
        equinox.is_inexact_array,
        is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable),
    )
    optimizer = optax.adam(1e-3)
    state = optimizer.init(parameters)
    batches = list(jax.random.normal(keys[1], (STEPS, BATCH_SIZE, columns)))
    rows = jax.random.normal(keys[2], (EVALUATION_ROWS, columns))

    def flow_of(parameters):
        return paramax.unwrap(equinox.combine(parameters, static))

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(parameters, state, batch):
        loss, gradient = jax.value_and_grad(lambda parameters: -flow_of(parameters).log_prob(batch).mean())(parameters)
        updates, state = optimizer.update(gradient, state)
        return optax.apply_updates(parameters, updates), state, loss

    score = jax.jit(lambda parameters, rows: flow_of(parameters).log_prob(rows))
    draw = jax.jit(lambda parameters, key: flow_of(parameters).sample(key, (EVALUATION_ROWS,)))

    def train():
        nonlocal parameters, state
        for batch in batches:
            parameters, state, loss = step(parameters, state, batch)
        return loss.item()

    report(
        "flowjax",
        version("flowjax"),
        architecture,
        threads,
        columns,
        train,
        lambda: score(parameters, rows).block_until_ready(),
        lambda: draw(parameters, keys[3]).block_until_ready(),
    )


for architecture in asked or architectures:
    measure(architecture)
