"""The keys that the processes of one home share: made once, readable by the owner only, never printed.

The intake key can be rotated: processes that show it read the file again when it is refused, and the one
before it stays valid for a while.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import msgspec

from wakeline.core.errors import BrokenFileError
from wakeline.core.ids import mint_attempt_id, mint_key

KEYS_FILE = "keys.json"


class FormerKey(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that was replaced, and until when it is still good."""

    sha256: str
    until_us: int


class Keys(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`intake_key` opens event server and gateway, `server_key` the event server's configuration."""

    intake_key: str
    server_key: str
    former_intake_key: FormerKey | None = None
    rotated_at_us: int | None = None


def locate_keys(home: Path) -> Path:
    return home / KEYS_FILE


def ensure_keys(home: Path) -> Keys:
    """The home's keys, made at the first call; of racing callers all get the same ones."""
    path = locate_keys(home)
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = _write_draft(home, Keys(intake_key=mint_key(), server_key=mint_key()))
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
        return msgspec.json.decode(path.read_bytes(), type=Keys)
    except (OSError, ValueError) as error:
        raise BrokenFileError(
            f"{path} does not hold the two keys: {error}; expected a JSON object with intake_key and "
            "server_key, as the first start writes it"
        ) from error


def rotate_intake_key(home: Path, *, now_us: int, grace_us: int) -> Keys:
    """A new secret in the file; the former one is good for `grace_us` more."""
    keys = read_keys(home)
    fresh = Keys(
        intake_key=mint_key(),
        server_key=keys.server_key,
        former_intake_key=FormerKey(sha256=hash_key(keys.intake_key), until_us=now_us + grace_us),
        rotated_at_us=now_us,
    )
    _write_draft(home, fresh).replace(locate_keys(home))
    _sync_folder(home)
    return fresh


def hash_key(key: str) -> str:
    """What the event server is told instead of the key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _write_draft(home: Path, keys: Keys) -> Path:
    draft = home / f".{KEYS_FILE}.{mint_attempt_id()}"
    content: dict[str, Any] = msgspec.to_builtins(keys)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_folder(home: Path) -> None:
    descriptor = os.open(home, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
