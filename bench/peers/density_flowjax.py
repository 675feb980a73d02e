"""
Held-out log-likelihood of FlowJAX, whose VARIANT is "coupling" (splines) or "bnaf" (block neural autoregressive), with its own
training step and defaults. Its `fit_to_data` itself would choose the validation rows. Usage: see command_line in density_training.py
"""
import os

from density_training import command_line, run

# Read when JAX is loaded. The number of threads itself is that of the cores which the process may use.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import equinox
import jax
import numpy
import optax
import paramax
from flowjax.bijections import RationalQuadraticSpline
from flowjax.distributions import StandardNormal
from flowjax.flows import block_neural_autoregressive_flow, coupling_flow
from flowjax.train.losses import MaximumLikelihoodLoss
from flowjax.train.train_utils import step

BATCH_SIZE = 100
LEARNING_RATE = 5e-4

variants = {
    "coupling": lambda key, base: coupling_flow(
        key, base_dist=base, transformer=RationalQuadraticSpline(knots=8, interval=4)
    ),
    "bnaf": lambda key, base: block_neural_autoregressive_flow(key, base_dist=base),
}


class FlowjaxModel:
    def __init__(self, flow, batch_size):
        self.batch_size = batch_size
        self._parameters, self._static = equinox.partition(
            flow, equinox.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable)
        )
        self._loss = MaximumLikelihoodLoss()
        self._optimizer = optax.adam(LEARNING_RATE)
        self._state = self._optimizer.init(self._parameters)
        self._score = equinox.filter_jit(
            lambda parameters, rows: paramax.unwrap(equinox.combine(parameters, self._static)).log_prob(rows)
        )

    def step(self, rows, part):
        self._parameters, self._state, _ = step(
            self._parameters,
            self._static,
            rows,
            optimizer=self._optimizer,
            opt_state=self._state,
            loss_fn=self._loss,
        )

    def log_prob(self, rows):
        return numpy.asarray(self._score(self._parameters, rows))

    def parameters(self):
        return self._parameters

    def restore(self, parameters):
        self._parameters = parameters


problem = command_line()


def build():
    flow = variants[problem.variant](jax.random.key(problem.seed), StandardNormal((problem.training.shape[1],)))
    return FlowjaxModel(flow, min(BATCH_SIZE, len(problem.training)))


run("flowjax", build, problem, f"flowjax {problem.variant}")
