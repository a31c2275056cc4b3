"""Two evaluations side by side."""

from pathlib import Path

from tests.monitoring.revisions import configure, save_day
from tests.monitoring.world import make_world


def test_readings_are_set_side_by_side(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with world.open_client() as client:
        configure(client)
        first, second = save_day(world, 0, 0.25), save_day(world, 1, 0.5, auc=0.75)
        path = f"/api/v1/evaluations/{first}/compare"
        found = client.get(path, params={"other": second}).json()
        assert (found["left"]["id"], found["right"]["id"]) == (first, second)
        readings = {(entry["metric"], entry["column"]): entry for entry in found["readings"]}
        assert len(readings) == len(found["readings"])
        drift, auc = readings["psi", "hour"], readings["roc_auc", None]
        assert (drift["left"], drift["right"], drift["difference"]) == (0.25, 0.5, 0.25)
        assert (auc["left"], auc["right"], auc["difference"]) == (None, 0.75, None)
        assert client.get(path, params={"other": "none"}).status_code == 404
        assert client.get(path).status_code == 422
