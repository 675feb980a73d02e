"""
What Schemathesis cannot know: ids of things that are there, flows that are more than noise, and tables in the formats that
have no schema. Nothing here takes part in judging answers.
"""

import json
import os
import uuid
import zlib
from random import Random

import schemathesis
from hypothesis import strategies as st

MODEL = os.environ["SEED_MODEL"]
DATASET = os.environ["SEED_DATASET"]

FLOWS = [
    "real-nvp",
    "spline",
    {"layers": [{"type": "coupling", "hidden": [4]}, {"type": "permutation", "kind": "reverse"}]},
    {"layers": [{"repeat": 2, "layers": [{"type": "planar"}]}], "base": {"type": "student-t"}},
    {"layers": [{"type": "autoregressive", "hidden": [3], "inverse": True}]},
]


def is_uuid(value):
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


def known(value, seed):
    """The id of something that is there in place of most made-up ones; always the same for the same id."""
    return seed if is_uuid(value) and zlib.crc32(value.encode()) % 16 else value


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    # What is there is needed by later cases: removing and cancelling is left to things that the cases make.
    operation = context.operation
    if not path_parameters or operation.method == "delete" or operation.path.endswith("/cancel"):
        return path_parameters
    seed = DATASET if operation.path.startswith("/v1/datasets") else MODEL
    return {**path_parameters, **({"id": known(path_parameters["id"], seed)} if "id" in path_parameters else {})}


@schemathesis.hook
def map_query(context, query):
    # Of a density at most one in four asks for a column that the model does not have.
    if not query or not context.operation.path.endswith("/density"):
        return query
    columns = {name: query[name] for name in "xy" if isinstance(query.get(name), str)}
    drawn = {name: zlib.crc32(f"{name}{column}".encode(errors="replace")) % 4 for name, column in columns.items()}
    return {**query, **{name: ["x", "y", name, columns[name]][at] for name, at in drawn.items()}}


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict):
        return body
    changed = dict(body)
    if "datasetId" in body:
        changed["datasetId"] = known(body["datasetId"], DATASET)
    if isinstance(body.get("flow"), str):
        changed["flow"] = FLOWS[zlib.crc32(body["flow"].encode()) % len(FLOWS)]
    return changed


def numbers(random):
    return [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(random.randint(1, 40))]


def mixture(random):
    values = [0, 1.5, -1e300, True, None, "", "text", 'quo"ted', "\u00e9\n", "NaN"]
    return [[random.choice(values) for _ in "xy"] for _ in range(random.randint(0, 5))]


def csv_of(table):
    return "x,y\n" + "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in table)


def ndjson_of(table):
    return "".join(json.dumps(dict(zip("xy", row))) + "\n" for row in table)


WRITERS = {"text/csv": csv_of, "application/x-ndjson": ndjson_of}


@schemathesis.serializer("text/csv", "application/x-ndjson")
def text(ctx, value):
    return {"data": value if isinstance(value, bytes) else str(value).encode(errors="replace")}


@schemathesis.hook
def map_case(context, case):
    """Texts become tables, but for one in four; always the same for the same text."""
    writer = WRITERS.get(case.media_type)
    if writer and isinstance(case.body, str):
        drawn = Random(zlib.crc32(case.body.encode(errors="replace")))
        if drawn.randrange(4):
            case.body = writer((numbers if drawn.randrange(2) else mixture)(drawn))
    return case


def damaged(file):
    """The file with a byte changed."""
    return st.tuples(st.integers(0, len(file) - 1), st.integers(0, 255)).map(
        lambda change: file[: change[0]] + bytes([change[1]]) + file[change[0] + 1 :]
    )


with open(os.environ["SEED_PARQUET"], "rb") as rows:
    PARQUET = rows.read()
schemathesis.openapi.media_type("application/vnd.apache.parquet", st.one_of(st.just(PARQUET), damaged(PARQUET)))
