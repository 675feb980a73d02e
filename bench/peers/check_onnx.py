"""ONNX's own checker and Python's ONNX Runtime on exported models. Usage: check_onnx.py CASES_JSON, where CASES_JSON is a
file with a list of {name, file, inputs: {name: {type, shape, values}}, output, expected}."""
import json
import sys

import numpy
import onnx
import onnxruntime

with open(sys.argv[1]) as file:
    cases = json.load(file)

for case in cases:
    onnx.checker.check_model(case["file"], full_check=True)
    model = onnx.load(case["file"])
    session = onnxruntime.InferenceSession(case["file"], providers=["CPUExecutionProvider"])
    inputs = {
        name: numpy.array(given["values"], given["type"]).reshape(given["shape"])
        for name, given in case["inputs"].items()
    }
    (actual,) = session.run([case["output"]], inputs)
    expected = numpy.array(case["expected"], "float64")
    error = numpy.abs(actual.ravel() - expected) / numpy.maximum(1, numpy.abs(expected))
    print(
        json.dumps(
            {
                "name": case["name"],
                "nodes": len(model.graph.node),
                "kilobytes": round(model.ByteSize() / 1024),
                "error": float(error.max()),
                "columns": session.get_modelmeta().custom_metadata_map["columns"],
                "versions": f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}",
            }
        )
    )
