"""`wakeline <noun> <verb>`: imports the module of the noun that was named, and no other.

Exit codes: 0 done, 1 failed (with one sentence on stderr), 2 wrong usage.
"""

import sys
from importlib import import_module
from typing import NoReturn

import click
import typer

from wakeline import __version__
from wakeline.cli.output import report_error
from wakeline.core.errors import WakelineError

COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("wakeline.cli.up", "Run every process on this machine, until Ctrl-C."),
    "demo": ("wakeline.cli.demo", "The whole loop on New York's 2013 flights."),
    "doctor": ("wakeline.cli.doctor", "Versions, ports, disk and the health of each process."),
    "query": ("wakeline.cli.query", "Send one query to a deployed endpoint."),
    "project": ("wakeline.cli.project", "List and create projects."),
    "model": ("wakeline.cli.model", "List, upload and activate versions of saved models."),
    "service": ("wakeline.cli.service", "List, create and publish API services."),
    "deployment": ("wakeline.cli.deployment", "List, create and update deployments of services."),
    "monitoring": ("wakeline.cli.monitoring", "Configure the monitoring of a deployed endpoint."),
    "dataset": ("wakeline.cli.dataset", "Browse connections; list, create and preview datasets."),
    "zone": ("wakeline.cli.zone", "List and create Flow zones, move items between them."),
    "recipe": ("wakeline.cli.recipe", "List and create Evaluate recipes."),
    "store": ("wakeline.cli.store", "List and create model evaluation stores."),
    "evaluation": ("wakeline.cli.evaluation", "Run, list and show evaluations."),
    "label": ("wakeline.cli.label", "Send ground truth and see how it joins."),
    "event": ("wakeline.cli.event", "What happened to the events: accepted, stored, spooled, dropped."),
    "job": ("wakeline.cli.job", "List, show and cancel jobs."),
    "server": ("wakeline.cli.server", "Run the server alone: REST API, UI, jobs, local nodes."),
    "event-server": ("wakeline.cli.event_server", "Run an event server alone."),
    "api-node": ("wakeline.cli.api_node", "Run an API node and its shipper alone."),
    "gateway": ("wakeline.cli.gateway", "Run a gateway and its shipper alone."),
}


class _Nouns(click.Group):
    """A group whose commands are imported when they are named; help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        application: typer.Typer = import_module(COMMANDS[cmd_name][0]).application
        command = typer.main.get_command(application)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"wakeline {__version__}")
        ctx.exit()


def build_command() -> click.Group:
    return _Nouns(
        name="wakeline",
        help="Monitoring of machine-learning API endpoints, end to end.\n\n"
        "Start with `wakeline demo`, or `wakeline up` on an empty home.",
        params=[
            click.Option(
                ["--version"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=_print_version,
                help="Print the version.",
            )
        ],
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def run() -> NoReturn:
    """The entry point of the command line."""
    try:
        build_command()(standalone_mode=True)
    except WakelineError as error:
        report_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
