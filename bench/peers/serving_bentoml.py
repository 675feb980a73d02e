"""A BentoML service around serving_model.py, with its adaptive batching. Usage: serving_bentoml.py PORT"""
import os
import sys
from pathlib import Path

import bentoml
import numpy as np


@bentoml.service(workers=1, traffic={"timeout": 60})
class LogProb:
    @bentoml.api(batchable=True, max_batch_size=1024, max_latency_ms=1000)
    def log_prob(self, rows: np.ndarray) -> np.ndarray:
        from serving_model import log_prob

        return np.asarray(log_prob(rows))


if __name__ == "__main__":
    folder = Path(__file__).parent
    command = [sys.executable, "-m", "bentoml", "serve", "serving_bentoml:LogProb", "--port", sys.argv[1]]
    environment = {**os.environ, "PYTHONPATH": str(folder), "BENTOML_DO_NOT_TRACK": "true"}
    os.execve(sys.executable, [*command, "--working-dir", str(folder)], environment)
