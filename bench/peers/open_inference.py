"""The real clients of the Open Inference Protocol, Triton's and KServe's, against a running service. Trains a model of numbers
and one of columns of every kind, and holds each client's answers against the service's own /v1.
Usage: open_inference.py [http://127.0.0.1:3000]"""
import asyncio
import json
import sys
import time
import urllib.request
from importlib.metadata import version

import kserve
import numpy
import tritonclient.http as triton
from kserve.protocol.infer_type import RequestedOutput

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000"


def call(path, body=None, content_type="application/json"):
    data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
    request = urllib.request.Request(url + path, data, {"content-type": content_type} if data else {})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def trained(csv):
    dataset = call("/v1/datasets?name=clients", csv.encode(), "text/csv")["id"]
    training = {"steps": 200, "ensemble": 1}
    model = call("/v1/models", {"datasetId": dataset, "flow": "real-nvp", "training": training})["id"]
    while True:
        found = call(f"/v1/models/{model}")
        if found["status"] == "ready":
            return model
        if found["status"] not in ("queued", "training"):
            sys.exit(json.dumps(found["error"]))
        time.sleep(0.2)


def report(client, case, actual, expected):
    error = float(numpy.abs(numpy.array(actual, float) - numpy.array(expected, float)).max())
    print(json.dumps({"client": client, "case": case, "rows": len(expected), "error": error}))
    if not error < 1e-9:
        sys.exit(f"{client}, {case}: got {actual[:5]}, expected {expected[:5]}")


def triton_input(name, values, datatype, binary):
    tensor = triton.InferInput(name, values.shape, datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    return tensor


def with_triton(model, case, tensors, expected):
    client = triton.InferenceServerClient(url.removeprefix("http://"))
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
    assert client.is_model_ready(model, "1") and not client.is_model_ready(model, "2")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    assert client.get_model_metadata(model)["outputs"] == [{"name": "logProb", "datatype": "FP64", "shape": [-1]}]
    for binary in (True, False):
        inputs = [triton_input(name, values, datatype, binary) for name, (values, datatype) in tensors.items()]
        outputs = [triton.InferRequestedOutput("logProb", binary_data=binary)]
        result = client.infer(model, inputs, outputs=outputs, request_id="42")
        assert result.get_response()["id"] == "42"
        form = "binary" if binary else "JSON"
        report(f"tritonclient {version('tritonclient')}", f"{case}, {form}", result.as_numpy("logProb"), expected)
    try:
        client.infer(model, [triton_input("nothing", numpy.zeros(1), "FP64", True)])
        sys.exit("an unknown input was taken")
    except triton.InferenceServerException as error:
        assert "unknown input" in str(error), error


async def with_kserve(model, case, tensors, expected):
    async with kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2")) as client:
        assert await client.is_server_live(url) and await client.is_server_ready(url)
        assert await client.is_model_ready(url, model)
        for binary in (True, False):
            inputs = []
            for name, (values, datatype) in tensors.items():
                tensor = kserve.InferInput(name, list(values.shape), datatype)
                tensor.set_data_from_numpy(values, binary_data=binary)
                inputs.append(tensor)
            outputs = [RequestedOutput("logProb", {"binary_data": binary})]
            request = kserve.InferRequest(model, inputs, request_outputs=outputs)
            response = await client.infer(url, request, model_name=model)
            form = "binary" if binary else "JSON"
            report(f"kserve {version('kserve')}", f"{case}, {form}", response.outputs[0].as_numpy(), expected)


def compared(case, model, rows, tensors):
    expected = call(f"/v1/models/{model}/log-prob", {"rows": rows})["logProb"]
    with_triton(model, case, tensors, expected)
    asyncio.run(with_kserve(model, case, tensors, expected))


random = numpy.random.default_rng(1)
numbers = random.normal(size=(500, 3)).round(6)
model = trained("a,b,c\n" + "".join(",".join(map(repr, map(float, row))) + "\n" for row in numbers))
compared("one tensor of rows", model, numbers.tolist(), {"rows": (numbers, "FP64")})
columns = {name: (numbers[:, [place]].copy(), "FP64") for place, name in enumerate("abc")}
compared("a tensor for each column", model, numbers.tolist(), columns)

size = random.normal(size=300).round(6)
city = random.choice(["Rome", "Zürich", "São Paulo"], 300)
new = random.random(300) < 0.4
rooms = random.integers(1, 9, 300)
mixed = [[float(a), str(b), bool(c), int(d)] for a, b, c, d in zip(size, city, new, rooms)]
csv = "size,city,new,rooms\n" + "".join(f"{a!r},{b},{str(c).lower()},{d}\n" for a, b, c, d in mixed)
tensors = {
    "size": (size, "FP64"),
    "city": (numpy.array([text.encode() for text in city], object), "BYTES"),
    "new": (new, "BOOL"),
    "rooms": (rooms, "INT64"),
}
compared("columns of every kind", trained(csv), mixed, tensors)
