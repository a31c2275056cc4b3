"""Every answered prediction is in the log exactly once, whoever is killed and whenever."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.world import EVENT_SERVER, NODE, SHIPPER, Traffic, World, build_package

pytestmark = pytest.mark.slow
KILLS_EACH = 4
SEED = 20130401


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_package(tmp_path_factory.mktemp("package"))


@pytest.fixture
def world(tmp_path: Path, package: Path) -> Iterator[World]:
    made = World(tmp_path / "home", package)
    try:
        yield made
    finally:
        made.end_all()


def test_kill_9_anywhere_leaves_every_answered_prediction_exactly_once(world: World) -> None:
    chance = random.Random(SEED)
    victims = [EVENT_SERVER, SHIPPER, NODE] * KILLS_EACH
    chance.shuffle(victims)
    world.start_all()
    with Traffic(world) as traffic:
        for victim in victims:
            time.sleep(chance.uniform(0.3, 2.0))
            world.kill(victim)
            time.sleep(chance.uniform(0, 0.4))
            world.start(victim)
            if victim == NODE:
                world.wait_until_answering()
        time.sleep(1)
    world.drain()
    assert len(traffic.answers.prediction_ids) > 1_000
    assert not traffic.answers.refused
    world.check_exactly_once(traffic.answers)


def test_a_server_killed_between_commit_and_acknowledgement_doubles_nothing(world: World) -> None:
    traffic = _kill_after_commit(world)
    world.check_exactly_once(traffic.answers)


def test_without_deduplication_the_same_kill_doubles_events(world: World) -> None:
    """The protection switched off: the oracle above has to see it."""
    traffic = _kill_after_commit(world, WAKELINE_TEST_NO_DEDUPLICATION="1")
    with pytest.raises(AssertionError, match="more than once"):
        world.check_exactly_once(traffic.answers)


def _kill_after_commit(world: World, **environment: str) -> Traffic:
    world.start(EVENT_SERVER, WAKELINE_TEST_STOP_POINT="eventserver.after-commit", **environment)
    world.start(SHIPPER)
    world.start(NODE)
    world.wait_until_answering()
    with Traffic(world) as traffic:
        world.wait_until_ended(EVENT_SERVER)
        world.start(EVENT_SERVER, **environment)
        time.sleep(1)
    world.drain()
    assert traffic.answers.prediction_ids
    return traffic
