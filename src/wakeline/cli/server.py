"""`wakeline server`: the server alone."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

application = typer.Typer(add_completion=False)

HOME = typer.Option("--home", help="Folder of all state.")
HOST = typer.Option("--host", help="Address to listen on; only loopback without TLS.")


@application.command()
def server(
    home: Annotated[str, HOME] = "~/.wakeline",
    host: Annotated[str, HOST] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port of the REST API and the page.")] = 4180,
    event_server_port: Annotated[
        int, typer.Option("--event-server-port", help="Where nodes of `local` ship their events.")
    ] = 4181,
    gateway_port: Annotated[int, typer.Option("--gateway-port", help="Where the gateway answers.")] = 4183,
) -> None:
    """Run the server alone: REST API, page, jobs, and the API nodes of `local`."""
    replace_process(
        "wakeline.server",
        *("--home", str(Path(home).expanduser()), "--host", host, "--port", str(port)),
        *("--event-server-port", str(event_server_port), "--gateway-port", str(gateway_port)),
    )


def replace_process(module: str, *arguments: str) -> None:
    """Becomes `python -m <module>`: signals and the exit code are the process's own."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own module
