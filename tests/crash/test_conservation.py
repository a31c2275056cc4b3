"""Every answered query and every accepted label is in the log exactly once, whatever dies and whenever.

`make test-crash` runs two hundred faults instead of twenty; WAKELINE_CRASH_SEED draws others.
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.faults import draw_faults
from tests.crash.oracle import check_conservation, check_queries
from tests.crash.package import build_package
from tests.crash.traffic import Answers, Traffic
from tests.crash.world import EVENT_SERVERS, World

pytestmark = pytest.mark.slow
FAULTS = int(os.environ.get("WAKELINE_CRASH_FAULTS", "20"))
SEED = int(os.environ.get("WAKELINE_CRASH_SEED", "20130401"))
FRESH_KEY = 10**9


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_package(tmp_path_factory.mktemp("package"))


@pytest.fixture
def world(tmp_path: Path, package: Path) -> Iterator[World]:
    made = World(tmp_path / "home", package, seed=SEED)
    try:
        yield made
    finally:
        made.end_all()


@pytest.fixture
def small_world(tmp_path: Path, package: Path) -> Iterator[World]:
    made = World(tmp_path / "home", package, servers=1)
    try:
        yield made
    finally:
        made.end_all()


@pytest.mark.timeout(120 + FAULTS * 20)
def test_no_fault_loses_or_doubles_an_answered_event(world: World) -> None:
    chance = random.Random(SEED)
    world.start_all()
    told: list[str] = []
    with Traffic(world) as traffic:
        for fault in draw_faults(FAULTS, chance):
            time.sleep(chance.uniform(0.2, 0.7))
            world.revive()
            told.append(fault(world, chance))
        time.sleep(1)
    world.tell_truth()
    world.revive()
    world.wait_until_answering()
    fresh = _ask_once(world)
    world.drain()
    print("\n".join(told), traffic.answers.refused, sep="\n")
    assert len(traffic.answers.keys) > 20 * FAULTS
    assert len(traffic.answers.labels) > FAULTS
    fresh.sent_keys |= traffic.answers.sent_keys
    check_queries(world, fresh)
    fresh.keys |= traffic.answers.keys
    fresh.labels, fresh.sent_labels = traffic.answers.labels, traffic.answers.sent_labels
    check_conservation(world, fresh)


def test_a_server_killed_between_commit_and_acknowledgement_doubles_nothing(small_world: World) -> None:
    check_conservation(small_world, _kill_after_commit(small_world))


def test_without_deduplication_the_same_kill_doubles_events(small_world: World) -> None:
    """The protection switched off: the oracle has to see it."""
    answers = _kill_after_commit(small_world, WAKELINE_TEST_NO_DEDUPLICATION="1")
    with pytest.raises(AssertionError, match="more than once"):
        check_conservation(small_world, answers)


def _ask_once(world: World) -> Answers:
    """One fresh event after all that; its key is like no other."""
    with Traffic(world, first_key=FRESH_KEY, pause_seconds=0.01) as traffic:
        deadline = time.monotonic() + 20
        while not traffic.answers.keys and time.monotonic() < deadline:
            time.sleep(0.02)
    assert traffic.answers.keys
    traffic.answers.labels.clear()
    return traffic.answers


def _kill_after_commit(world: World, **environment: str) -> Answers:
    (name,) = (name for name in EVENT_SERVERS if name in world.processes)
    server = world.processes[name]
    server.start(WAKELINE_TEST_STOP_POINT="eventserver.after-commit", **environment)
    world.start_all()
    with Traffic(world) as traffic:
        assert server.running is not None
        server.running.wait(60)
        server.environment = environment
        server.start()
        time.sleep(1)
    world.drain()
    assert traffic.answers.keys
    return traffic.answers
