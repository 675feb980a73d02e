"""A FastAPI service around serving_model.py. Usage: serving_fastapi.py PORT"""
import os
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from serving_model import log_prob

app = FastAPI()


class Rows(BaseModel):
    rows: list[list[float]]


# Not in FastAPI's threads: for so short a call they cost more than they give.
@app.post("/log_prob")
async def score(body: Rows):
    return {"logProb": log_prob(body.rows)}


if __name__ == "__main__":
    uvicorn.run(
        "serving_fastapi:app",
        app_dir=str(Path(__file__).parent),
        port=int(sys.argv[1]),
        workers=os.cpu_count(),
        log_level="warning",
    )
