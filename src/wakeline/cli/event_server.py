"""`wakeline event-server`: an event server alone."""

from pathlib import Path
from typing import Annotated

import typer

from wakeline.cli.server import HOME, HOST, replace_process

application = typer.Typer(add_completion=False)


@application.command()
def event_server(
    home: Annotated[str, HOME] = "~/.wakeline",
    host: Annotated[str, HOST] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port that shippers post to.")] = 4181,
    server_url: Annotated[
        str, typer.Option("--server-url", help="Server that gives keys and destinations.")
    ] = "http://127.0.0.1:4180",
    configuration: Annotated[
        str | None,
        typer.Option("--configuration", help="File with keys and destinations, instead of a server."),
    ] = None,
    commit_interval: Annotated[
        float, typer.Option("--commit-interval", help="Seconds between the commits of a table.")
    ] = 5.0,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Where shippers find it, if not at the address it listens on."),
    ] = None,
    tls_certificate: Annotated[
        str | None, typer.Option("--tls-certificate", help="PEM file; with it any address may be bound.")
    ] = None,
    tls_key: Annotated[str | None, typer.Option("--tls-key", help="PEM file of its key.")] = None,
    public_name: Annotated[
        list[str] | None,
        typer.Option("--public-name", help="Name by which callers reach it; may be repeated."),
    ] = None,
    trusted_network_without_tls: Annotated[
        bool,
        typer.Option(
            "--trusted-network-without-tls",
            help="Any address unencrypted: whoever can read the network reads keys and events.",
        ),
    ] = False,
) -> None:
    """Run an event server alone: it lands events in the log's tables."""
    source = ["--configuration", configuration] if configuration else ["--server-url", server_url]
    replace_process(
        "wakeline.eventserver",
        *("--home", str(Path(home).expanduser()), "--host", host, "--port", str(port)),
        *(*source, "--commit-interval", str(commit_interval)),
        *(["--url", url] if url else []),
        *([] if tls_certificate is None else ["--tls-certificate", tls_certificate]),
        *([] if tls_key is None else ["--tls-key", tls_key]),
        *(part for name in public_name or [] for part in ("--public-name", name)),
        *(["--trusted-network-without-tls"] if trusted_network_without_tls else []),
    )
