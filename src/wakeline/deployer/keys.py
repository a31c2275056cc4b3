"""The keys that the processes of one home share: made once, readable by the owner only, never printed."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from wakeline.core.errors import BrokenFileError
from wakeline.core.ids import mint_attempt_id, mint_key

KEYS_FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """`intake_key` opens event server and gateway, `server_key` the event server's configuration."""

    intake_key: str
    server_key: str


def locate_keys(home: Path) -> Path:
    return home / KEYS_FILE


def ensure_keys(home: Path) -> Keys:
    """The home's keys, made at the first call; of racing callers all get the same ones."""
    path = locate_keys(home)
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f".{KEYS_FILE}.{mint_attempt_id()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(Keys(mint_key(), mint_key())), file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return read_keys(home)


def read_keys(home: Path) -> Keys:
    path = locate_keys(home)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Keys(intake_key=str(found["intake_key"]), server_key=str(found["server_key"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenFileError(
            f"{path} does not hold the two keys: {error}; expected a JSON object with intake_key and "
            "server_key, as the first start writes it"
        ) from error


def hash_key(key: str) -> str:
    """What the event server is told instead of the key."""
    return hashlib.sha256(key.encode()).hexdigest()
