"""Revisions with chosen readings, saved and judged as a run does it."""

from datetime import date, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from tests.monitoring.world import CONFIGURE, DEPLOYMENT, ENDPOINT, PROJECT, World
from wakeline.core.window import Window
from wakeline.metadata.queries import evaluations
from wakeline.metadata.queries.evaluations import EvaluationRow, NewRevision
from wakeline.monitoring.alerts import judge_and_tell

LABEL = f"{DEPLOYMENT}-{ENDPOINT}"
FIRST_DAY = date(2013, 4, 1)


def reading(metric: str, column: str | None = None, **numbers: Any) -> dict[str, Any]:
    return {"metric": metric, "column": column, **numbers}


def save_day(
    world: World, day: int, psi: float, *, rows: int = 1000, auc: float | None = None, now_us: int = 0
) -> str:
    """The evaluation of the n-th day: `hour` drifted by `psi`, `carrier` by a tenth of it."""
    with world.parts.sessions.begin() as session:
        row = save(session, day, psi, rows=rows, auc=auc)
        judge_and_tell(session, row, now_us or world.parts.clock.now_us())
        return row.evaluation.id


def save(session: Session, day: int, psi: float, *, rows: int, auc: float | None) -> EvaluationRow:
    start = FIRST_DAY + timedelta(days=day)
    window = Window(start, start + timedelta(days=1))
    performance = (
        reading("roc_auc", not_computed="no labels")
        if auc is None
        else reading("roc_auc", value=auc, reference_value=0.8)
    )
    readings = [
        reading("drifted_share", value=0.5 if psi >= 0.1 else 0.0),
        reading("psi", "hour", value=psi, p_value=1e-9),
        reading("psi", "carrier", value=psi / 10, p_value=1e-9),
        reading("psi", "prediction", value=psi / 2, p_value=1e-9),
        reading("missing_rate", "hour", value=0.01, reference_value=0.01),
        performance,
    ]
    document = {
        "readings": readings,
        "features": [
            {"name": "hour", "role": "numerical", "importance": 0.2, "status": "OK", "drifted": psi >= 0.1},
            {"name": "carrier", "role": "categorical", "importance": 0.7, "status": "OK", "drifted": False},
        ],
        "day": day,
    }
    found = NewRevision(
        project=PROJECT,
        store=LABEL,
        name=start.isoformat(),
        recipe=f"evaluate-{LABEL}",
        window=window,
        status="WARNING" if psi >= 0.1 else "OK",
        sentence=f"PSI of hour {psi:g}.",
        row_count=rows,
        model=f"{PROJECT}.model",
        model_version="v1",
        headline=[entry for entry in readings if entry["column"] is None],
        document=document,
        job_id=None,
        code_version="0",
    )
    row, _ = evaluations.save_revision(session, found, 1)
    return row


def configure(client: TestClient) -> None:
    client.post(CONFIGURE).raise_for_status()


def create_check(client: TestClient, **fields: Any) -> dict[str, Any]:
    body = {"project": PROJECT, "store": LABEL, "name": "drift", "metric": "psi", "scope": "any-feature"}
    answer = client.post("/api/v1/checks", json={**body, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def drop_checks(client: TestClient) -> None:
    for check in client.get("/api/v1/checks", params={"project": PROJECT}).json()["items"]:
        client.delete(f"/api/v1/checks/{check['id']}").raise_for_status()


def read_outcome(client: TestClient, check_id: str) -> str | None:
    latest = client.get(f"/api/v1/checks/{check_id}").json()["latest"]
    return latest and str(latest["outcome"])
