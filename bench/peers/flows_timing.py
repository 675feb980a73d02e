"""What the flows_*.py scripts have in common: the sizes, how a call is timed, and what is printed."""
import json
import math
import sys
import time

LAYERS = 8
HIDDEN = 64
BINS = 8
BOUND = 5.0
BATCH_SIZE = 256
# Training steps in one timed call, and rows in one call that scores or samples.
STEPS = 32
EVALUATION_ROWS = 1024


def fastest(call):
    """Seconds of the fastest call. The first is left out; the others go on for a second, and are at least two."""
    call()
    times = []
    while len(times) < 2 or sum(times) < 1:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def command_line():
    """THREADS COLUMNS [ARCHITECTURE ..] -> (threads, columns, the architectures asked for, or all)."""
    threads, columns, *architectures = sys.argv[1:]
    return int(threads), int(columns), architectures


def report(peer, version, architecture, threads, columns, train, log_prob, sample):
    """
    Times three calls and prints one line of JSON: `train` takes STEPS training steps and returns the last loss, `log_prob`
    scores EVALUATION_ROWS rows and `sample` draws as many. Raises ValueError when the training did not stay finite.
    """
    seconds = fastest(train)
    loss = train()
    if not math.isfinite(loss):
        raise ValueError(f"{peer}, {architecture}, {columns} columns: expected a finite loss; got {loss}")
    result = {
        "peer": peer,
        "version": version,
        "architecture": architecture,
        "columns": columns,
        "threads": threads,
        "batchSize": BATCH_SIZE,
        "trainMilliseconds": 1e3 * seconds / STEPS,
        "logProbRowsPerSecond": EVALUATION_ROWS / fastest(log_prob),
        "sampleRowsPerSecond": EVALUATION_ROWS / fastest(sample),
    }
    print(json.dumps(result), flush=True)
