"""The peer of `node.py`: a scikit-learn pipeline behind FastAPI, as most teams write it, without any log."""

import sys
from typing import Any

import pandas as pd
import skops.io
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Query(BaseModel):
    features: dict[str, Any]


def create_app(model_file: str) -> FastAPI:
    model = skops.io.load(model_file, trusted=skops.io.get_untrusted_types(file=model_file))
    app = FastAPI()

    @app.post("/predict")
    def predict(query: Query) -> dict[str, Any]:
        probas = model.predict_proba(pd.DataFrame([query.features]))[0]
        return {"prediction": bool(probas[1] >= 0.5), "probas": [float(value) for value in probas]}

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
