"""A log on an S3-compatible store, over HTTP: each event once, whoever writes and whatever answer is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.loglake.posted import STREAM, build_batch
from tests.loglake.stores import ACCESS_KEY, SECRET, find_place, run_store
from wakeline.core.errors import NotFoundError, UnavailableError
from wakeline.loglake.commit import LogWriter, commit_batches
from wakeline.loglake.layout import locate_column_list, locate_table, read_stream
from wakeline.loglake.offsets import Settled
from wakeline.loglake.place import Bucket, ObjectPlace, list_parts_below, locate_below
from wakeline.loglake.storage import ObjectStore
from wakeline.loglake.window import LogSnapshot

PLACE = ObjectPlace(Bucket("lake"), "events")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with run_store() as found:
        yield found


def read_ids(root: ObjectPlace) -> list[str]:
    snapshot = LogSnapshot.open(root)
    return [
        event_id
        for file in snapshot.files()
        for event_id in snapshot.read_file(file, ["event_id"]).column(0).to_pylist()
    ]


def test_a_place_joins_and_is_taken_apart_as_a_path_is() -> None:
    table = locate_table(PLACE, STREAM)
    assert str(table) == f"s3://lake/events/{STREAM.topic}/{STREAM.routing_key}/{STREAM.endpoint}"
    assert (table.name, table.parent.name) == (STREAM.endpoint, STREAM.routing_key)
    assert str(locate_column_list(table)).endswith(f"/{STREAM.endpoint}.columns.json")
    assert read_stream(PLACE, table) == STREAM
    assert str(ObjectPlace(Bucket("lake")) / "a") == "s3://lake/a"
    assert str(locate_below(PLACE, "/a/b/")) == "s3://lake/events/a/b"
    with pytest.raises(ValueError, match="does not lie below"):
        list_parts_below(PLACE, ObjectPlace(Bucket("lake"), "eventsx/a"))
    with pytest.raises(ValueError, match="does not lie below"):
        list_parts_below(Path("/events"), PLACE)


def test_a_place_that_is_shown_tells_no_secret(endpoint: str) -> None:
    place = find_place(endpoint, "events")
    assert SECRET not in f"{place} {place!r} {place.bucket} {place.bucket!r}"


def test_rows_go_in_once_and_come_out(endpoint: str) -> None:
    root = locate_table(find_place(endpoint, "once"), STREAM)
    with pytest.raises(NotFoundError):
        LogSnapshot.open(root)
    writer = LogWriter(root)
    writer.commit([build_batch(1, 30)])
    [repeated] = writer.commit([build_batch(11, 40)])
    assert repeated == Settled(build_batch(1, 1).header.producer, 40, 10, 20, 0, 0)
    assert sorted(read_ids(root)) == sorted(f"e{number}" for number in range(1, 41))
    assert writer.repairs == []
    snapshot = LogSnapshot.open(root)
    assert snapshot.count() == 40
    absent = snapshot.read_file(snapshot.files()[0], ["features.none", "day", "features.distance"])
    assert absent.column(0).null_count == absent.num_rows
    names = ObjectStore().read(locate_column_list(root))
    assert names is not None
    assert b'"features.distance"' in names


def test_another_writer_of_any_age_repeats_without_doubling(endpoint: str) -> None:
    root = locate_table(find_place(endpoint, "ages"), STREAM)
    old = LogWriter(root)
    old.commit([build_batch(1, 10)])
    commit_batches(root, [build_batch(11, 20)])
    old.commit([build_batch(5, 25)])
    assert len(read_ids(root)) == 25


def test_several_writers_race_on_one_table(endpoint: str) -> None:
    """All send everything: what one has stored the others must not store again."""
    root = locate_table(find_place(endpoint, "race"), STREAM)
    batches = [build_batch(first, first + 9) for first in range(1, 101, 10)]

    def write(_: int) -> None:
        writer = LogWriter(root)
        for batch in batches:
            [outcome] = writer.commit([batch])
            assert isinstance(outcome, Settled)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert sorted(read_ids(root)) == sorted(f"e{number}" for number in range(1, 101))


def test_of_eight_writers_of_one_key_one_wins(endpoint: str) -> None:
    """Sixty times: what exactly once rests on."""
    place, store = find_place(endpoint, "keys"), ObjectStore()

    def create(key: ObjectPlace, content: bytes) -> bool:
        try:
            store.write_new(key, content)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for race in range(60):
            key = place / f"key-{race}"
            contents = [f"{race} {writer}".encode() for writer in range(8)]
            won = list(pool.map(lambda content, key=key: create(key, content), contents))
            assert sum(won) == 1
            assert store.read(key) == contents[won.index(True)]


def test_the_table_is_summed_up_so_that_opening_it_stays_quick(endpoint: str) -> None:
    root = locate_table(find_place(endpoint, "long"), STREAM)
    writer = LogWriter(root)
    for offset in range(1, 16):
        writer.commit([build_batch(offset, offset)])
        writer.checkpoint_if_due()
    names = ObjectStore().list_names(root / "_delta_log")[1]
    assert "_last_checkpoint" in names
    assert LogWriter(root).commit([build_batch(1, 16)])[0].producer == build_batch(1, 1).header.producer
    assert len(read_ids(root)) == 16


def test_a_store_that_is_not_there_is_told_without_a_secret() -> None:
    root = locate_table(find_place("http://127.0.0.1:9"), STREAM)
    with pytest.raises(UnavailableError, match=r"s3://lake/") as read:
        LogSnapshot.open(root)
    with pytest.raises(UnavailableError, match=r"s3://lake/") as write:
        LogWriter(root).commit([build_batch(1, 1)])
    for caught in (read, write):
        text = f"{caught.value} {caught.value.__cause__} {caught.getrepr(style='long')}"
        assert SECRET not in text
        assert ACCESS_KEY not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_token_of_the_environment_does_not_go_out_with_a_key_of_our_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both clients would send it along, and stores answer that the token is invalid."""
    place = find_place("http://127.0.0.1:9", "token")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of somebody else")
    with pytest.raises(UnavailableError, match="AWS_SESSION_TOKEN"):
        ObjectStore().read(place)
    with pytest.raises(UnavailableError, match="AWS_SESSION_TOKEN"):
        LogSnapshot.open(place)
    clouds = Bucket("lake", (("aws_endpoint", "http://127.0.0.1:9"), ("aws_allow_http", "true")))
    assert "aws_access_key_id" not in clouds.storage_options


def test_a_bucket_that_is_not_there_is_named(endpoint: str) -> None:
    place = ObjectPlace(Bucket("nobody", find_place(endpoint).bucket.options), "x")
    with pytest.raises(UnavailableError, match="NoSuchBucket"):
        LogWriter(locate_table(place, STREAM)).commit([build_batch(1, 1)])
