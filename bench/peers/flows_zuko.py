"""Speed of Zuko. Usage: flows_zuko.py THREADS COLUMNS [ARCHITECTURE ..]"""
import flows_torch
from flows_timing import BINS, HIDDEN, LAYERS
from zuko.flows import MAF, NICE, NSF

SIZES = {"transforms": LAYERS, "hidden_features": (HIDDEN, HIDDEN)}

flows_torch.measure(
    "zuko",
    {
        "coupling-affine": lambda columns: NICE(columns, **SIZES),
        "autoregressive-affine": lambda columns: MAF(columns, **SIZES),
        # Its splines always reach from -5 to 5.
        "autoregressive-spline": lambda columns: NSF(columns, bins=BINS, **SIZES),
    },
    log_prob=lambda flow, x: flow().log_prob(x),
    sample=lambda flow, rows: flow().sample((rows,)),
)
