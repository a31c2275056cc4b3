"""The secrets of connections: files of the home that its owner alone can read.

The database knows a file's random name, never what stands in it. A file is written once and never changed, so
that a change of a connection which fails leaves the old one in force.
"""

import json
import os
from pathlib import Path

from wakeline.core.errors import BrokenFileError
from wakeline.core.ids import mint_attempt_id

_FOLDER = "connection-secrets"
_FIELD = "secret_access_key"


def keep_secret(home: Path, secret: str) -> str:
    """The name under which the secret is on disk now."""
    name = mint_attempt_id()
    path = _locate(home, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({_FIELD: secret}, file)
        file.flush()
        os.fsync(file.fileno())
    return name


def read_secret(home: Path, name: str) -> str:
    path = _locate(home, name)
    try:
        return str(json.loads(path.read_bytes())[_FIELD])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenFileError(
            f"{path} does not hold the secret of a connection ({type(error).__name__}); "
            "give the connection its secret again"
        ) from error


def forget_secret(home: Path, name: str) -> None:
    """For a secret that no row names any more."""
    _locate(home, name).unlink(missing_ok=True)


def _locate(home: Path, name: str) -> Path:
    return home / _FOLDER / f"{name}.json"
