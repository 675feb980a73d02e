"""The flow that the servers of serving_*.py answer with: Zuko's MAF, 8 layers, hidden layers of 64-64, weights as they start."""
import torch
from flows_timing import HIDDEN, LAYERS
from zuko.flows import MAF

COLUMNS = 8

# One row is not worth more threads.
torch.set_num_threads(1)
torch.manual_seed(0)
flow = MAF(COLUMNS, transforms=LAYERS, hidden_features=(HIDDEN, HIDDEN)).eval()


def log_prob(rows):
    """Log-densities of rows [rows, COLUMNS], as a list."""
    with torch.inference_mode():
        return flow().log_prob(torch.as_tensor(rows, dtype=torch.float32)).tolist()
