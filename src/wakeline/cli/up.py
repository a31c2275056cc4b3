"""`wakeline up`: every process on this machine."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from wakeline.cli.output import say, show_progress
from wakeline.server.stack import Ports, Stack
from wakeline.settings import read_settings

application = typer.Typer(add_completion=False)
PORT_MAX = 65_000

HomeOption = Annotated[Path | None, typer.Option("--home", help="Folder of all state. Default: ~/.wakeline.")]
PortOption = Annotated[
    int | None,
    typer.Option(
        "--port",
        min=0,
        max=PORT_MAX,
        help="First of five ports: server, event server, node, gateway, node admin. 0 picks.",
    ),
]


@application.command()
def up(home: HomeOption = None, port: PortOption = None) -> None:
    """Run every process on this machine, until Ctrl-C.

    Starts the server (REST API and page), an event server, a gateway, and the API nodes of the deployments on
    `local`; restarts what dies; keeps logs under HOME/logs.
    """
    settings = read_settings(home=home, port=port)
    stack = Stack(
        settings.home_folder,
        Ports.plan(settings.port),
        commit_interval_s=settings.commit_interval_s,
    )
    stopped = catch_stop_signals()
    try:
        with show_progress("Starting") as report:
            stack.start(report)
        say(f"Wakeline answers at [bold]{stack.url}[/]; labels go to {stack.gateway_url}. Home: {stack.home}")
        say("Ctrl-C stops every process.")
        stopped.wait()
    finally:
        stack.stop()


def catch_stop_signals() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    return stopped
