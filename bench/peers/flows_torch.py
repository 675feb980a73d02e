"""Times flows that are PyTorch modules."""
from importlib.metadata import version

import torch
from flows_timing import BATCH_SIZE, EVALUATION_ROWS, STEPS, command_line, report


def measure(peer, architectures, log_prob, sample):
    """
    Prints one line for each architecture asked for. `architectures` are functions of the number of columns that build a
    flow; `log_prob(flow, x)` gives [rows] and `sample(flow, rows)` gives [rows, columns].
    """
    threads, columns, asked = command_line()
    torch.set_num_threads(threads)
    for architecture in asked or architectures:
        flow = architectures[architecture](columns)
        optimizer = torch.optim.Adam(flow.parameters(), 1e-3, fused=True)
        batches = torch.randn(STEPS, BATCH_SIZE, columns)
        rows = torch.randn(EVALUATION_ROWS, columns)

        def train():
            for batch in batches:
                optimizer.zero_grad()
                loss = -log_prob(flow, batch).mean()
                loss.backward()
                optimizer.step()
            return loss.item()

        @torch.no_grad()
        def score():
            log_prob(flow, rows)

        @torch.no_grad()
        def draw():
            sample(flow, EVALUATION_ROWS)

        report(peer, version(peer), architecture, threads, columns, train, score, draw)
