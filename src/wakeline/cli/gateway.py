"""`wakeline gateway`: a gateway and its shipper."""

from pathlib import Path
from typing import Annotated

import typer

from wakeline.cli.api_node import run_with_shipper
from wakeline.wire.configuration import read_gateway_configuration

application = typer.Typer(add_completion=False)


@application.command()
def gateway(
    config: Annotated[Path, typer.Option("--config", help="gateway.json, as `wakeline up` writes it.")],
) -> None:
    """Run a gateway and its shipper, until Ctrl-C: events of others on their way to the log."""
    read_gateway_configuration(config)
    run_with_shipper("wakeline.gateway", "gateway", config)
