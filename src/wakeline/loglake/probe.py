"""Whether a place can hold logs: write, read, list, delete, and of racing creations of a key one wins.

The last is what exactly once rests on. Leaves nothing behind. Failure is a result with its reason.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from wakeline.core.ids import mint_attempt_id
from wakeline.loglake.place import ObjectPlace, Place
from wakeline.loglake.storage import ObjectStore, find_storage

RACES = 4
RACERS = 8
EXCLUSION_STEPS = ("conditional put", "conditional put in a race")
_PREFIX = ".wakeline-probe-"
_REASON = (
    "An event server commits by creating the next file of a table's log; here two of them could both "
    "believe that they had, and events would be lost. Choose a store that honours `If-None-Match: *` on PUT, "
    "or update or configure this one so that it does"
)


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """`failure` None: it did what it should."""

    name: str
    failure: str | None = None


def probe_place(place: Place) -> list[ProbeStep]:
    """The steps up to the first that failed, or all of them."""
    trial = _Trial(place)
    steps: list[ProbeStep] = []
    acts: list[tuple[str, Callable[[], str | None]]] = [
        ("write", trial.write),
        ("read", trial.read),
        ("list", trial.list),
        (EXCLUSION_STEPS[0], trial.create_twice),
        (EXCLUSION_STEPS[1], trial.race),
        ("delete", trial.delete),
    ]
    try:
        for name, act in acts:
            steps.append(ProbeStep(name, _attempt(act)))
            if steps[-1].failure is not None:
                break
    finally:
        trial.clean_up()
    return steps


def find_failure(steps: Sequence[ProbeStep]) -> ProbeStep | None:
    return next((step for step in steps if step.failure is not None), None)


def _attempt(act: Callable[[], str | None]) -> str | None:
    try:
        return act()
    except OSError as error:
        return str(error) or type(error).__name__


class _Trial:
    """Files of a random name at the top of the place; each holds which of its writers wrote it."""

    def __init__(self, place: Place) -> None:
        self._top = place
        self._storage = find_storage(place)
        self._name = f"{_PREFIX}{mint_attempt_id()}"
        self._first = place / self._name
        self._written: list[Place] = []

    def write(self) -> str | None:
        self._storage.make_folder(self._top)
        if not self._create(self._first, b"1"):
            return f"{self._first} is said to exist already, although its name is new"
        return None

    def read(self) -> str | None:
        found = _read(self._first)
        return None if found == b"1" else f"{self._first} was written as b'1' and read as {found!r}"

    def list(self) -> str | None:
        names = _list_names(self._top)
        return None if self._name in names else f"{self._first} was written and is not listed"

    def create_twice(self) -> str | None:
        if self._create(self._first, b"2") or _read(self._first) != b"1":
            return f"two creations of one key both succeeded, expected the second to be refused. {_REASON}"
        return None

    def race(self) -> str | None:
        with ThreadPoolExecutor(RACERS) as pool:
            for number in range(RACES):
                key = self._top / f"{self._name}-{number}"
                contents = [str(racer).encode() for racer in range(RACERS)]
                won = list(pool.map(partial(self._create, key), contents))
                if sum(won) != 1 or _read(key) != contents[won.index(True)]:
                    return (
                        f"of {RACERS} writers that created one key at once {sum(won)} were told that they "
                        f"had, expected exactly one, whose content stays. {_REASON}"
                    )
        return None

    def delete(self) -> str | None:
        self._storage.remove(self._first)
        return None if _read(self._first) is None else f"{self._first} was deleted and is still there"

    def clean_up(self) -> None:
        for path in self._written:
            _attempt(partial(self._storage.remove, path))

    def _create(self, path: Place, content: bytes) -> bool:
        self._written.append(path)
        try:
            self._storage.write_new(path, content)
        except FileExistsError:
            return False
        return True


def _read(path: Place) -> bytes | None:
    if isinstance(path, ObjectPlace):
        return ObjectStore().read(path)
    return path.read_bytes() if path.exists() else None


def _list_names(top: Place) -> Iterator[str]:
    if isinstance(top, Path):
        yield from (path.name for path in top.iterdir())
    else:
        yield from ObjectStore().list_names(top)[1]
