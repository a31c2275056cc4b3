"""Infrastructures: where services run, and the defaults of what is deployed there.

Only `local` (API nodes on this machine) exists today. A reporting key of its own is a file of the home that
the owner alone can read; the database knows its hash and its last letters.
"""

import hashlib
import json
import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.ids import check_object_id
from wakeline.deployer.keys import locate_keys
from wakeline.metadata.queries import infrastructures
from wakeline.metadata.tables.serving import Infrastructure
from wakeline.wire.configuration import ReportingSettings

LOCAL = "local"
INFRASTRUCTURE_TYPES = (LOCAL,)
DEFAULT_STAGE = "development"
SWITCHES = ("log_queries", "log_inputs", "log_outputs")
EVENT_SERVERS_MAX = 16
KEY_CHARACTERS_MIN = 16
KEY_CHARACTERS_MAX = 512
_ENDING_CHARACTERS = 4
_KEYS_FOLDER = "infrastructure-keys"
_KEY_NAME = "reporting_key"


class OwnKey(msgspec.Struct, frozen=True, kw_only=True):
    """A reporting key, as far as it may be told: `ending` is for the eye, `sha256` for the event server."""

    sha256: str
    ending: str


class InfrastructureSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`event_servers` None: those of this home. `reporting_key` None: the home's own. `ca_file` (PEM) is for
    event servers that no public authority knows. The switches hold for deployments that set none."""

    event_servers: tuple[str, ...] | None = None
    reporting_key: OwnKey | None = None
    ca_file: str | None = None
    log_queries: bool = True
    log_inputs: bool = True
    log_outputs: bool = True

    @property
    def switches(self) -> dict[str, bool]:
        return {name: getattr(self, name) for name in SWITCHES}


def create_infrastructure(
    session: Session, infrastructure_id: str, type_: str, stage: str, now_us: int
) -> Infrastructure:
    check_object_id("infrastructure", infrastructure_id)
    if type_ not in INFRASTRUCTURE_TYPES:
        raise InvalidInputError(
            f"{type_!r} is not a type of infrastructure; expected one of {', '.join(INFRASTRUCTURE_TYPES)}"
        )
    if infrastructures.find_infrastructure(session, infrastructure_id) is not None:
        raise ConflictError(f"the infrastructure {infrastructure_id} exists already")
    row = Infrastructure(
        id=infrastructure_id,
        type=type_,
        stage=stage or DEFAULT_STAGE,
        settings=msgspec.to_builtins(InfrastructureSettings()),
        created_at_us=now_us,
    )
    return infrastructures.add_infrastructure(session, row)


def read_settings(row: Infrastructure) -> InfrastructureSettings:
    return msgspec.convert(row.settings, InfrastructureSettings)


def change_settings(
    home: Path, settings: InfrastructureSettings, changes: dict[str, Any]
) -> InfrastructureSettings:
    """The settings with `changes`, checked; a key that is given is written to its file."""
    fields: dict[str, Any] = {name: value for name, value in changes.items() if name in SWITCHES}
    if "event_servers" in changes:
        fields["event_servers"] = _check_event_servers(changes["event_servers"])
    if "ca_file" in changes:
        fields["ca_file"] = _check_ca_file(changes["ca_file"])
    if "reporting_key" in changes:
        key = changes["reporting_key"]
        fields["reporting_key"] = None if key is None else _keep_key(home, key)
    return msgspec.structs.replace(settings, **fields)


def build_reporting(
    home: Path,
    settings: InfrastructureSettings,
    own_event_servers: tuple[str, ...],
    own_ca_file: str | None = None,
) -> ReportingSettings:
    """What a shipper on this infrastructure is told."""
    key = settings.reporting_key
    servers = settings.event_servers or own_event_servers
    if key is None:
        keys_file, key_name = locate_keys(home), "intake_key"
    else:
        keys_file, key_name = _locate_key(home, key.sha256), _KEY_NAME
    return ReportingSettings(
        servers=servers,
        keys_file=str(keys_file),
        key_name=key_name,
        ca_file=settings.ca_file or (own_ca_file if settings.event_servers is None else None),
    )


def remove_unused_keys(session: Session, home: Path) -> None:
    kept = {
        _locate_key(home, key.sha256)
        for row in infrastructures.list_infrastructures(session)
        if (key := read_settings(row).reporting_key) is not None
    }
    for path in (home / _KEYS_FOLDER).glob("*.json"):
        if path not in kept:
            path.unlink(missing_ok=True)


def _check_ca_file(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        if not Path(text).is_absolute():
            raise InvalidInputError(f"the CA file {text!r} is not absolute; expected its whole path")
        ssl.create_default_context(cafile=text)
    except (OSError, ssl.SSLError) as error:
        raise InvalidInputError(f"{text} gives no certificate to trust: {error}; expected PEM") from error
    return text


def _check_event_servers(urls: list[str] | None) -> tuple[str, ...] | None:
    if urls is None:
        return None
    checked = tuple(dict.fromkeys(_check_url(url) for url in urls))
    if not 1 <= len(checked) <= EVENT_SERVERS_MAX:
        raise InvalidInputError(
            f"found {len(checked)} event servers; expected 1 to {EVENT_SERVERS_MAX} URLs, or null for this "
            "home's own"
        )
    return checked


def _check_url(text: str) -> str:
    expected = "expected http://HOST:PORT or https://HOST[:PORT], without user, query and fragment"
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise InvalidInputError(
            f"{text!r} is not the URL of an event server ({error}); {expected}"
        ) from error
    if not is_sound or parts.username or parts.password or parts.query or parts.fragment or " " in url:
        raise InvalidInputError(f"{text!r} is not the URL of an event server; {expected}")
    return url


def _keep_key(home: Path, key: str) -> OwnKey:
    """Each key has a file of its own, named by its hash: a node's configuration changes with its key."""
    if not KEY_CHARACTERS_MIN <= len(key) <= KEY_CHARACTERS_MAX or not key.isascii() or not key.isprintable():
        raise InvalidInputError(
            f"the reporting key has {len(key)} characters; expected {KEY_CHARACTERS_MIN} to "
            f"{KEY_CHARACTERS_MAX} printable ASCII ones"
        )
    if key != key.strip():
        raise InvalidInputError("the reporting key begins or ends with a space; expected it without")
    digest = hashlib.sha256(key.encode()).hexdigest()
    path = _locate_key(home, digest)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({_KEY_NAME: key}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return OwnKey(sha256=digest, ending=key[-_ENDING_CHARACTERS:])


def _locate_key(home: Path, digest: str) -> Path:
    return home / _KEYS_FOLDER / f"{digest[:16]}.json"
