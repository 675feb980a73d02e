"""What every Python process of Spark's executors does with a model's ONNX file."""
import functools
import json

import numpy
import onnxruntime
import pandas


@functools.lru_cache(maxsize=1)
def session(program):
    """Of one thread, and made once a process: Spark runs as many processes as it has cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(program, options, providers=["CPUExecutionProvider"])


def rows_of(frame, kinds):
    """The input of the program: numbers as they are, a category by its place in the list of its column, a gap as NaN."""
    rows = numpy.empty((len(frame), len(kinds)))
    for place, kind in enumerate(kinds):
        cells = frame[kind["name"]]
        if kind["kind"] == "categorical":
            codes = pandas.Categorical(cells, categories=kind["categories"]).codes
            cells = numpy.where(codes < 0, numpy.nan, codes)
        rows[:, place] = cells
    return rows


def scoring(program):
    """A function for mapInPandas that adds the column logProb; `program` is a broadcast ONNX file."""

    def score(frames):
        run = session(program.value)
        kinds = json.loads(run.get_modelmeta().custom_metadata_map["kinds"])
        for frame in frames:
            (log_prob,) = run.run(["logProb"], {"rows": rows_of(frame, kinds)})
            yield frame.assign(logProb=log_prob)

    return score
