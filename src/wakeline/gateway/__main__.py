"""`python -m wakeline.gateway --config gateway.json`: composes the gateway and serves until SIGTERM."""

import argparse
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

from wakeline.core.clock import SystemClock
from wakeline.core.errors import InvalidInputError, WakelineError
from wakeline.core.event import Durability, WhenFull
from wakeline.gateway.access import GatewayAccess
from wakeline.gateway.application import GatewayApplication
from wakeline.gateway.halves import Halves
from wakeline.gateway.pairs import Pairs
from wakeline.spool.outbox import Outbox
from wakeline.spool.upkeep import Loop
from wakeline.wire.configuration import GatewayConfiguration, read_gateway_configuration
from wakeline.wire.listening import bind, expose, list_hosts, name_url, serve

HALVES_FILE = "halves.sqlite"
"""Beside the spool's folder."""

_LOGGER = logging.getLogger("wakeline.gateway")
_SWEEPING_SECONDS = 5.0


def main(arguments: list[str]) -> int:
    """The exit code: 0 after SIGTERM, 1 with one line on stderr where the gateway cannot start."""
    parser = argparse.ArgumentParser(prog="python -m wakeline.gateway", description="Run one gateway.")
    parser.add_argument("--config", type=Path, required=True, help="gateway.json, as `up` writes it")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, _leave)
    try:
        run_gateway(read_gateway_configuration(options.config))
    except WakelineError as error:
        sys.stderr.write(f"wakeline gateway: {error.message}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def run_gateway(configuration: GatewayConfiguration) -> None:
    """Port first, then key and spool: a gateway that cannot start leaves no spool file behind."""
    settings = configuration.spool
    if settings.durability is not Durability.FSYNC:
        raise InvalidInputError(
            f"found the durability {settings.durability.value!r}, expected 'fsync': "
            "a gateway answers when its events are on the disk"
        )
    if settings.when_full is not WhenFull.REFUSE:
        raise InvalidInputError(
            f"found when_full {settings.when_full.value!r}, expected 'refuse': "
            "a gateway drops nothing that it has accepted"
        )
    exposure = expose(
        configuration.tls_certificate,
        configuration.tls_key,
        configuration.public_names,
        trusted_network_without_tls=configuration.trusted_network_without_tls,
    )
    listener = bind(configuration.host, configuration.port, exposure)
    access = GatewayAccess(
        Path(configuration.keys_file),
        configuration.key_name,
        SystemClock(),
        None if configuration.rules_file is None else Path(configuration.rules_file),
    )
    outbox = Outbox.create(
        Path(settings.folder),
        durability=settings.durability,
        bytes_max=settings.bytes_max,
        when_full=settings.when_full,
        keeps_identifiers=True,
    )
    halves = Halves(Path(settings.folder).absolute().parent / HALVES_FILE)
    pairs = Pairs(halves, outbox, SystemClock())
    sweeping = Loop("gateway-halves", _SWEEPING_SECONDS, pairs.sweep_quietly)
    try:
        application = GatewayApplication(outbox, pairs, access, SystemClock(), list_hosts(listener, exposure))
        _LOGGER.info("the gateway listens on %s", name_url(listener, exposure))
        serve(application, [listener], exposure)
    finally:
        sweeping.stop()
        outbox.close()
        halves.close()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """While the gateway starts; while it serves, uvicorn finishes first and then comes here."""
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
