"""`node.json` and `gateway.json`: what a node, a gateway and their shippers are started with.

The deployer (or `wakeline up`) writes these files; the processes read them once, at their start.
"""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from wakeline.core.errors import BrokenFileError
from wakeline.core.event import Durability, WhenFull
from wakeline.core.limits import SPOOL_BYTES_MAX

_Content = TypeVar("_Content")


class SpoolSettings(msgspec.Struct, frozen=True, kw_only=True):
    folder: str
    durability: Durability = Durability.WRITTEN
    bytes_max: int = SPOOL_BYTES_MAX
    when_full: WhenFull = WhenFull.DROP_OLDEST


class ReportingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the shipper sends, and which entry of which keys file it shows. `ca_file` (PEM) verifies servers
    that no public authority knows."""

    servers: tuple[str, ...]
    keys_file: str
    key_name: str = "intake_key"
    ca_file: str | None = None


class NodeService(msgspec.Struct, frozen=True, kw_only=True):
    """A service package that the node loads; `package` is its folder."""

    service_id: str
    generation: str
    package: str


class NodeConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """`sample_rate` is the share of answered queries that leave events, in (0, 1]."""

    node_id: str
    host: str = "127.0.0.1"
    port: int
    admin_port: int | None = None
    project: str
    deployment_id: str
    infrastructure_id: str
    services: tuple[NodeService, ...]
    spool: SpoolSettings
    reporting: ReportingSettings | None = None
    client_event_time: bool = False
    log_queries: bool = True
    log_inputs: bool = True
    log_outputs: bool = True
    sample_rate: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.sample_rate <= 1:
            raise ValueError(f"found sample_rate {self.sample_rate}, expected a number above 0 and up to 1")


class GatewayConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """`key_name` in `keys_file` is the home's key. `rules_file` is the configuration of the event servers, as
    one of them keeps it: the other keys and what they may write. Without it the home's key alone opens."""

    host: str = "127.0.0.1"
    port: int
    spool: SpoolSettings
    reporting: ReportingSettings | None = None
    keys_file: str
    key_name: str = "intake_key"
    rules_file: str | None = None
    tls_certificate: str | None = None
    tls_key: str | None = None
    public_names: tuple[str, ...] = ()
    trusted_network_without_tls: bool = False


class ShipperConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """What a shipper reads of either file; without `reporting` there is nowhere to ship to."""

    spool: SpoolSettings
    reporting: ReportingSettings | None = None


def read_shipper_configuration(path: Path) -> ShipperConfiguration:
    return _read(path, ShipperConfiguration)


def read_node_configuration(path: Path) -> NodeConfiguration:
    return _read(path, NodeConfiguration)


def read_gateway_configuration(path: Path) -> GatewayConfiguration:
    return _read(path, GatewayConfiguration)


def read_key(keys_file: Path, name: str) -> str:
    """One secret of `keys.json`; BrokenFileError if it is not there."""
    keys: dict[str, Any] = _read(keys_file, dict[str, Any])
    key = keys.get(name)
    if not isinstance(key, str) or not key:
        raise BrokenFileError(f"{keys_file} has no key {name!r}; expected one of {sorted(keys)}")
    return key


def _read(path: Path, kind: type[_Content]) -> _Content:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise BrokenFileError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BrokenFileError(f"{path} is not what was expected: {error}") from error
