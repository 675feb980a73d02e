"""The config.pbtxt with which Triton serves a model's ONNX file, read by Triton's own definitions. Usage: triton_config.py MODEL.onnx"""
import sys

import onnxruntime
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
types = {"tensor(double)": "TYPE_FP64", "tensor(float)": "TYPE_FP32"}


def tensor(node, inner):
    """Triton's first dimension, the rows of a batch, is left out; what has no other has one of one element for Triton alone."""
    dims = ", ".join(str(size) for size in inner) or "1"
    reshape = "" if inner else "\n    reshape { shape: [ ] }"
    return f'  {{\n    name: "{node.name}"\n    data_type: {types[node.type]}\n    dims: [ {dims} ]{reshape}\n  }}'


def tensors(kind, nodes):
    return f"{kind} [\n" + ",\n".join(tensor(node, node.shape[1:]) for node in nodes) + "\n]"


config = "\n".join(
    [
        'backend: "onnxruntime"',
        "max_batch_size: 4096",
        tensors("input", session.get_inputs()),
        tensors("output", session.get_outputs()),
        "dynamic_batching { max_queue_delay_microseconds: 1000 }",
        "instance_group [ { kind: KIND_CPU, count: 1 } ]",
    ]
)
text_format.Parse(config, model_config_pb2.ModelConfig())
print(config)
