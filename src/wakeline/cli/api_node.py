"""`wakeline api-node`: an API node and its shipper."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from wakeline.cli.output import say
from wakeline.cli.up import catch_stop_signals
from wakeline.deployer.supervision import Supervisor
from wakeline.wire.configuration import read_node_configuration

application = typer.Typer(add_completion=False)


@application.command()
def api_node(
    config: Annotated[Path, typer.Option("--config", help="node.json, as the deployer writes it.")],
) -> None:
    """Run an API node and its shipper, until Ctrl-C; their logs stand beside the configuration."""
    read_node_configuration(config)
    run_with_shipper("wakeline.apinode", "api-node", config)


def run_with_shipper(module: str, name: str, config: Path) -> None:
    """Runs `module` and a shipper on one configuration, restarting what dies, until a signal."""
    folder = config.absolute().parent
    supervisor = Supervisor(folder / "run", folder / "logs")
    stopped = catch_stop_signals()
    try:
        for part, started in ((name, module), (f"{name}-shipper", "wakeline.shipper")):
            supervisor.start(part, [sys.executable, "-m", started, "--config", str(config.absolute())])
        say(f"{name} and its shipper run; logs in {folder / 'logs'}. Ctrl-C stops both.")
        stopped.wait()
    finally:
        supervisor.stop_all()
