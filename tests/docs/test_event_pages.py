"""The pages on events of others and on labels, block after block, over real processes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.docs.shop import DEPLOYMENT, ENDPOINT, HOW_TO, QUERIES, Shop
from tests.gateway.test_events import EVENT_SERVER, LOG_FILE
from wakeline.server.stack import Ports, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    stack = Stack(folder / "home", Ports.plan(0), commit_interval_s=0.5)
    try:
        stack.start()
        yield Shop.open(stack, folder / "work")
    finally:
        stack.stop()


def read_log(shop: Shop, path: str) -> pl.DataFrame:
    return pl.read_delta(str(shop.stack.home / "events" / path))


def write_labels(shop: Shop) -> None:
    """Eighty by prediction id, forty more by order number, one of an order that nobody made."""
    lines = [f"{row['prediction_id']},{row['fraud']}" for row in shop.answers[:80]]
    (shop.folder / "labels.csv").write_text("prediction_id,label\n" + "\n".join(lines) + "\n")
    booked = [
        f"{1000 + number},{shop.answers[number]['fraud']},2030-01-01 00:00:00" for number in range(80, 120)
    ]
    text = "order_number,fraud,booked\n" + "\n".join([*booked, "9999,1,2030-01-01 00:00:00"]) + "\n"
    (shop.folder / "chargebacks.csv").write_text(text)


def test_labels_and_the_next_version(shop: Shop) -> None:
    write_labels(shop)
    shop.follow("labels.md")
    shop.wait_until_landed()
    report = shop.client.read_label_report(DEPLOYMENT, ENDPOINT)
    assert (report["labelled"], report["business_key"]) == (140, "context.order")
    assert (report["unmatched"], report["unmatched_ids"]) == (1, ["9999"])
    assert report["unknown_labels"] == []
    deployed = shop.client.read_deployment(DEPLOYMENT)
    assert deployed["generation"] == "v2"
    assert shop.client.read_model("SHOP", "risk")["active_version"] == "retrained"
    answer = shop.client.query_deployment(DEPLOYMENT, ENDPOINT, {"amount": 80.0, "age": 40.0})
    assert (answer["status"], answer["answer"]["apiContext"]["serviceGeneration"]) == (200, "v2")
    training = pl.read_parquet(shop.folder / "training.parquet")
    assert training.columns == ["amount", "age", "fraud", "event_time"]
    truth = {row["amount"]: row["fraud"] for row in shop.answers[:120]}
    for row in training.iter_rows(named=True):
        assert truth.get(row["amount"], row["fraud"]) in {row["fraud"], 1 - row["fraud"]}
    assert training["fraud"].dtype == pl.Int64
    known = training.filter(pl.col("amount").is_in([row["amount"] for row in shop.answers[:80]]))
    assert known["fraud"].to_list() == [truth[amount] for amount in known["amount"]]


def test_import_of_a_log(shop: Shop) -> None:
    header = "order,scored_at,amount,age,fraud_score,decision,batch"
    rows = [
        f"{n},2024-05-{n % 9 + 1:02} 08:00:00,{n * 2.5},{20 + n},0.{n % 9 + 1},{n % 2},7" for n in range(50)
    ]
    (shop.folder / "history.csv").write_text("\n".join([header, *rows, "x,noon,1,2,0.5,0,7"]) + "\n")
    (shop.folder / "reference.log").write_text("\n".join(map(json.dumps, (LOG_FILE, EVENT_SERVER))))
    (shop.folder / "clicks.jsonl").write_text('{"event_time": "2024-05-01T08:00:00Z", "button": "buy"}\n')
    path = f"api-node-query/{DEPLOYMENT}/{ENDPOINT}"
    shop.wait_until_landed()
    before = read_log(shop, path).height
    dry, *_ = shop.follow("import-a-log.md")
    assert "features.amount" in dry
    log = read_log(shop, path)
    assert log.height == before + 50 + 2
    imported = log.filter(pl.col("day").dt.year() == 2024)
    assert imported["feature__amount"].sum() == sum(n * 2.5 for n in range(50))
    assert set(imported["prediction"]) == {"0", "1"}
    assert "order" in imported["context"][0]
    (rejected,) = (shop.folder / "history.csv.rejected.jsonl").read_text().splitlines()
    assert "'noon' is not a time" in rejected
    assert read_log(shop, "shop-clicks/web/_").height == 1


def test_events_of_other_servers(shop: Shop) -> None:
    printed = shop.follow("send-events-of-other-servers.md")
    assert json.loads(printed[0]) == {"accepted": 1, "duplicates": 0, "exactly_once": True}
    shop.wait_until_landed()
    risk = read_log(shop, "api-node-query/risk-api/risk").sort("feature__amount")
    assert risk["feature__amount"].to_list() == [15.5, 120.0, 480.0]
    assert risk["proba__1"].to_list() == [None, 0.7, None]
    iris = read_log(shop, "api-node-query/iris-on-kserve/iris").sort("row_index")
    assert iris["prediction_id"].to_list() == ["0009174a/0", "0009174a/1"]
    assert (iris["feature__x0"].to_list(), iris["prediction"].to_list()) == ([6.8, 6.0], [1.0, 2.0])
    assert read_log(shop, "shop-clicks/web/_")["msg_type"].to_list().count("shop.click") == 1


def test_the_queries_were_logged_once(shop: Shop) -> None:
    log = read_log(shop, f"api-node-query/{DEPLOYMENT}/{ENDPOINT}")
    own = log.filter(pl.col("engine") != "foreign")
    assert own["prediction_id"].n_unique() == own.height >= QUERIES


def test_pages_name_files_that_are_there() -> None:
    for page in ("labels.md", "import-a-log.md", "send-events-of-other-servers.md"):
        links = re.findall(r"\]\(([^)#]+)", (HOW_TO / page).read_text(encoding="utf-8"))
        assert [link for link in links if not (HOW_TO / Path(link)).exists()] == []
