"""Scores a table on Spark with a model's ONNX file, and holds what comes of it against the service's own answer.
Usage: spark_log_prob.py SERVICE_URL MODEL_ID TABLE.parquet OUTPUT.parquet"""
import io
import json
import os
import sys
import time
import urllib.request

import numpy
import onnxruntime
import pandas
import pyspark
import spark_scoring
from pyspark.sql import SparkSession
from pyspark.sql.types import DoubleType, StructField, StructType

url, model, table, output = sys.argv[1:]

# The processes of the executors need the same packages.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
spark = SparkSession.builder.master("local[*]").config("spark.ui.enabled", False).getOrCreate()
spark.sparkContext.addPyFile(spark_scoring.__file__)

with urllib.request.urlopen(f"{url}/v1/models/{model}/onnx?program=log-prob") as answer:
    program = spark.sparkContext.broadcast(answer.read())

rows = spark.read.parquet(table).repartition(spark.sparkContext.defaultParallelism * 4)
schema = StructType([*rows.schema, StructField("logProb", DoubleType())])


def write():
    started = time.perf_counter()
    scored = rows.mapInPandas(spark_scoring.scoring(program), schema)
    scored.write.mode("overwrite").parquet(output)
    return time.perf_counter() - started


first, seconds = write(), write()

scored = pandas.read_parquet(output)
body = io.BytesIO()
scored.drop(columns="logProb").to_parquet(body)
request = urllib.request.Request(
    f"{url}/v1/models/{model}/log-prob?format=parquet",
    body.getvalue(),
    {"content-type": "application/vnd.apache.parquet"},
)
with urllib.request.urlopen(request) as answer:
    expected = pandas.read_parquet(io.BytesIO(answer.read()))["logProb"].to_numpy()
actual = scored["logProb"].to_numpy()
same = actual == expected
difference = numpy.abs(numpy.where(same, 0, actual - expected))
print(
    json.dumps(
        {
            "rows": len(scored),
            "cores": os.cpu_count(),
            "first run, s": round(first, 1),
            "second run, s": round(seconds, 1),
            "rows/s": round(len(scored) / seconds),
            "to the bit": f"{100 * same.mean():.1f} %",
            "difference": float(difference.max()),
            "relative": float((difference / numpy.maximum(1, numpy.abs(expected))).max()),
            "versions": f"pyspark {pyspark.__version__}, onnxruntime {onnxruntime.__version__}",
        }
    )
)
