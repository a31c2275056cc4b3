"""What goes wrong, drawn by a seeded chance: each fault does its harm for a while and is over at its end."""

import random
import time
from collections.abc import Callable

from tests.crash.processes import CLOCK_LIBRARY
from tests.crash.proxy import MODES, PASS
from tests.crash.world import EVENT_SERVERS, EVERYTHING, GATEWAY, GATEWAY_SHIPPER, NODE, SHIPPER, World

Fault = Callable[[World, random.Random], str]


def kill(world: World, chance: random.Random) -> str:
    name = chance.choice(EVERYTHING)
    process = world.processes[name]
    process.kill()
    time.sleep(chance.uniform(0, 0.6))
    process.start()
    return f"killed {name}"


def kill_several(world: World, chance: random.Random) -> str:
    names = chance.sample(EVERYTHING, 3)
    for name in names:
        world.processes[name].kill()
    time.sleep(chance.uniform(0, 0.6))
    for name in names:
        world.processes[name].start()
    return f"killed {', '.join(names)}"


def freeze(world: World, chance: random.Random) -> str:
    name = chance.choice(EVERYTHING)
    process = world.processes[name]
    process.freeze()
    time.sleep(chance.uniform(0.2, 2.5))
    process.thaw()
    return f"froze {name}"


def freeze_then_kill(world: World, chance: random.Random) -> str:
    """A server that stands still with batches in hand, while the shipper goes on with another one."""
    name = chance.choice(EVENT_SERVERS)
    process = world.processes[name]
    process.freeze()
    time.sleep(chance.uniform(0.5, 1.5))
    process.kill()
    process.start()
    return f"froze and killed {name}"


def lie(world: World, chance: random.Random) -> str:
    mode = chance.choice(MODES)
    liars = chance.sample(world.proxies, chance.randint(1, len(world.proxies)))
    for proxy in liars:
        proxy.mode = mode
    time.sleep(chance.uniform(0.8, 2.0))
    for proxy in liars:
        proxy.mode = PASS
    return f"{mode} by {len(liars)} proxies"


def fill_disk(world: World, chance: random.Random) -> str:
    name = chance.choice((*EVENT_SERVERS, NODE, SHIPPER, GATEWAY, GATEWAY_SHIPPER))
    _fill_disks(world, (name,), chance.uniform(0.4, 1.5))
    return f"full disk of {name}"


def lose_store(world: World, chance: random.Random) -> str:
    _fill_disks(world, EVENT_SERVERS, chance.uniform(1.0, 3.0))
    return "no event server can write"


def step_clock(world: World, chance: random.Random) -> str:
    name = chance.choice(EVERYTHING)
    days = chance.choice((-2, 2))
    world.processes[name].set_clock(days)
    time.sleep(1.5)
    if chance.random() < 0.5:
        world.processes[name].set_clock(0)
    return f"clock of {name} {days:+d} days"


def wipe_disk(world: World, chance: random.Random) -> str:
    _end_node(world, chance)
    world.wipe_disk_of_node()
    _start_node(world)
    return "wiped the node's disk"


def restore_disk(world: World, chance: random.Random) -> str:
    copy = world.copy_disk_of_node()
    time.sleep(chance.uniform(0.3, 1.5))
    _end_node(world, chance)
    world.restore_disk_of_node(copy)
    _start_node(world)
    return "restored the node's disk from a copy"


FAULTS: tuple[tuple[Fault, int], ...] = (
    (kill, 6),
    (kill_several, 2),
    (freeze, 3),
    (freeze_then_kill, 2),
    (lie, 5),
    (fill_disk, 3),
    (lose_store, 1),
    (step_clock, 0 if CLOCK_LIBRARY is None else 2),
    (wipe_disk, 1),
    (restore_disk, 2),
)
"""With the weight of each in a long run."""


def draw_faults(count: int, chance: random.Random) -> list[Fault]:
    """Each kind at least once where `count` allows it, in an order of its own."""
    faults = [fault for fault, weight in FAULTS if weight]
    weights = [weight for _, weight in FAULTS if weight]
    more = chance.choices(faults, weights, k=max(0, count - len(faults)))
    drawn = [*faults, *more]
    chance.shuffle(drawn)
    return drawn[:count]


def _fill_disks(world: World, names: tuple[str, ...], seconds: float) -> None:
    for name in names:
        world.processes[name].fill_disk()
    time.sleep(seconds)
    for name in names:
        world.processes[name].free_disk()


def _end_node(world: World, chance: random.Random) -> None:
    names = [NODE, SHIPPER]
    chance.shuffle(names)
    for name in names:
        world.processes[name].kill()


def _start_node(world: World) -> None:
    for name in (NODE, SHIPPER):
        world.processes[name].start()
    world.wait_until_answering()
