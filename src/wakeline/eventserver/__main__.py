"""The event server's process: `python -m wakeline.eventserver --home H --port N …`.

Reads arguments, settings and the environment, binds, serves until SIGTERM, and finishes the groups in hand.
"""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn
import uvloop

from wakeline.core.clock import SystemClock
from wakeline.core.errors import WakelineError
from wakeline.eventserver.application import EventServer
from wakeline.eventserver.configuration import RulesKeeper, RulesSource
from wakeline.eventserver.faults import Faults, read_faults
from wakeline.eventserver.intake import Intake
from wakeline.eventserver.memory import return_memory_early
from wakeline.eventserver.peers import Peers
from wakeline.eventserver.tables import Grouping
from wakeline.eventserver.upkeep import UpkeepRounds, UpkeepSettings
from wakeline.settings import Settings, read_settings
from wakeline.wire.http_protocol import BoundedProtocol
from wakeline.wire.listening import Exposure, bind, expose, list_hosts, name_url

GRACE_SECONDS = 8

_log = logging.getLogger("wakeline.eventserver")


class _Server(uvicorn.Server):
    """Tells the intake of a stop at once, so that requests in flight are answered within the grace time."""

    def __init__(self, configuration: uvicorn.Config, on_stop: Callable[[], object]) -> None:
        super().__init__(configuration)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_stop()
        super().handle_exit(sig, frame)


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parse(arguments)
    return_memory_early()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = read_settings(
            home=given.home,
            host=given.host,
            commit_interval_s=given.commit_interval,
            tls_certificate=given.tls_certificate,
            tls_key=given.tls_key,
            public_names=None if given.public_name is None else ",".join(given.public_name),
            trusted_network_without_tls=given.trusted_network_without_tls,
        )
        exposure = expose(
            settings.tls_certificate,
            settings.tls_key,
            settings.public_names.split(","),
            trusted_network_without_tls=settings.trusted_network_without_tls,
        )
        listener = bind(settings.host, given.port, exposure)
        source = RulesSource(
            keys_path=settings.home_folder / "keys.json",
            cache_path=settings.home_folder / "event-server" / "configuration.json",
            server_url=given.server_url,
            file=given.configuration,
            own_url=(given.url or name_url(listener, exposure)).rstrip("/"),
        )
        # uvicorn raises the signal again at its end; by then everything is finished.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, listener, exposure, source, read_faults(os.environ)))
    except WakelineError as error:
        sys.stderr.write(f"event server: {error}\n")
        return 1
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m wakeline.eventserver", description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and logs it")
    parser.add_argument("--server-url", help="server that gives keys and destinations")
    parser.add_argument("--configuration", type=Path, help="file with keys and destinations instead")
    parser.add_argument("--commit-interval", type=float, help="seconds between the commits of a table")
    parser.add_argument("--url", help="where shippers find this server, if not at the address it listens on")
    parser.add_argument("--tls-certificate", help="PEM file; with it other addresses may be listened on")
    parser.add_argument("--tls-key", help="PEM file of the certificate's key")
    parser.add_argument("--public-name", action="append", help="name that callers use; may be repeated")
    parser.add_argument("--trusted-network-without-tls", action="store_true", default=None)
    return parser.parse_args(arguments)


async def _serve(
    settings: Settings, listener: socket.socket, exposure: Exposure, source: RulesSource, faults: Faults
) -> None:
    clock = SystemClock()
    keeper = RulesKeeper(source)
    keeper.load()
    intake = Intake(
        grouping=Grouping(settings.commit_interval_s, settings.commit_events), clock=clock, faults=faults
    )
    own_url = source.own_url or name_url(listener, exposure)
    peers = Peers(own_url, keeper.list_servers, settings.ca_file or None)
    rounds = UpkeepRounds(
        UpkeepSettings(settings.upkeep, settings.upkeep_interval_s, settings.vacuum_hours),
        peers.own_url,
        clock,
        count_commits=intake.count_commits,
        owns=peers.owns,
        find_rules=lambda: keeper.rules,
    )
    application = EventServer(
        intake,
        keeper,
        peers,
        retry_s=min(settings.commit_interval_s, 5.0),
        clock=clock,
        hosts=list_hosts(listener, exposure),
    )
    application.describe_upkeep = rounds.describe
    loop = asyncio.get_running_loop()
    server = _Server(_configure(application, exposure), partial(loop.call_soon_threadsafe, intake.hurry))
    duties = [asyncio.create_task(duty()) for duty in (keeper.run, rounds.run)]
    _log.info("listening on %s", name_url(listener, exposure))
    try:
        await server.serve(sockets=[listener])
    finally:
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await asyncio.gather(intake.close(), rounds.close(), keeper.leave())
        await peers.close()


def _configure(application: EventServer, exposure: Exposure) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **exposure.uvicorn_options,
    )


if __name__ == "__main__":
    sys.exit(main())
