"""
How the density_*.py scripts are told of a table, train on it, and report. Every flow meets the same rows, is judged on the
validation rows at the same steps, and keeps the parameters that were best there.
"""
import json
import math
import sys
import time
from collections import namedtuple
from importlib.metadata import version

import numpy

# The validation rows are scored after each epoch, but no sooner than after so many steps.
EVALUATION_STEPS = 25
# So many steps without an improvement, and as many as in so many epochs, end the training.
PATIENCE_STEPS, PATIENCE_EPOCHS = 1000, 10
# Rows in one call that scores.
EVALUATION_ROWS = 1024

Problem = namedtuple("Problem", "training validation test seed steps seconds variant")


def command_line():
    """
    FILE COLUMNS TRAINING VALIDATION TEST SEED STEPS SECONDS [VARIANT] -> Problem. FILE holds the three parts one after the other,
    each of so many rows of standardised single-precision numbers; STEPS and SECONDS bound the training.
    """
    file, columns, training, validation, test, seed, steps, seconds, *variant = sys.argv[1:]
    rows = numpy.fromfile(file, numpy.float32).reshape(-1, int(columns))
    ends = numpy.cumsum([int(training), int(validation), int(test)])
    if len(rows) != ends[-1]:
        raise ValueError(f"{file}: expected {ends[-1]} rows of {columns} columns; got {len(rows)}")
    parts = numpy.split(rows, ends[:-1])
    return Problem(*parts, int(seed), int(steps), float(seconds), variant[0] if variant else None)


def small(problem):
    """Tables of under 5,000 rows: what is meant for large ones learns them by heart."""
    return len(problem.training) + len(problem.validation) + len(problem.test) < 5000


def run(package, build, problem, library=None):
    """
    Trains what `build` makes and prints one line of JSON. `build()` gives an object with `batch_size`, `step(rows, part)`, where
    `part` of the training allowed is done, `log_prob(rows)` -> [rows], `parameters()` and `restore(parameters)`. Seconds are of the
    processor, which other programs on the machine do not add to; they start before the flow is built and compiled.
    """
    start = time.process_time()
    model = build()
    fitted = fit(model, problem, lambda: time.process_time() - start)
    test = scored(model, problem.test)
    result = {
        "library": library or package,
        "version": version(package),
        "testLogProb": float(test.mean()),
        "testStandardError": float(test.std(ddof=1) / math.sqrt(len(test))),
        **fitted,
    }
    print(json.dumps(result, allow_nan=False), flush=True)


def fit(model, problem, clock):
    """Trains until the patience or what is allowed is spent, and leaves the model with the best parameters."""
    batches = minibatches(problem.training, model.batch_size, numpy.random.default_rng(problem.seed))
    epoch = len(problem.training) // model.batch_size
    between = max(EVALUATION_STEPS, epoch)
    patience = max(PATIENCE_STEPS, PATIENCE_EPOCHS * epoch)
    best, best_step, kept, timeline = -math.inf, 0, None, []
    steps, ended = 0, None
    while ended is None:
        model.step(next(batches), max(steps / problem.steps, clock() / problem.seconds))
        steps += 1
        if steps == problem.steps:
            ended = "steps"
        elif clock() >= problem.seconds:
            ended = "seconds"
        elif steps % between != 0:
            continue
        validation = float(scored(model, problem.validation).mean())
        if validation > best:
            best, best_step, kept = validation, steps, model.parameters()
            timeline.append([clock(), best])
        elif steps - best_step >= patience:
            ended = "patience"
    if kept is None:
        raise ValueError("The validation log-likelihood was never finite")
    seconds = clock()
    model.restore(kept)
    return {"validationLogProb": best, "seconds": seconds, "steps": steps, "ended": ended, "timeline": timeline}


def minibatches(rows, size, random):
    """Endless: all rows in random order, again and again; what is left over at the end of an order is not used in it."""
    while True:
        order = random.permutation(len(rows))
        for first in range(0, len(rows) - size + 1, size):
            yield rows[order[first : first + size]]


def scored(model, rows):
    """[rows], in double precision."""
    parts = [model.log_prob(rows[first : first + EVALUATION_ROWS]) for first in range(0, len(rows), EVALUATION_ROWS)]
    return numpy.concatenate(parts).astype(numpy.float64)
