"""`wakeline <noun> <verb>`: imports the module of the noun that was named, and no other.

Exit codes: 0 done, 1 failed (with one sentence on stderr), 2 wrong usage.
"""

import sys
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
import typer.core
import typer.main

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
    "deployment": ("wakeline.cli.deployment", "List, create, update and delete deployments of services."),
    "infrastructure": ("wakeline.cli.infrastructure", "List, create and change where services run."),
    "api-key": ("wakeline.cli.api_key", "List, create, change, rotate and revoke keys for events."),
    "connection": ("wakeline.cli.connection", "List, create, change, test and delete places of logs."),
    "destination": ("wakeline.cli.destination", "List, create, change and delete where events go."),
    "monitoring": ("wakeline.cli.monitoring", "Configure the monitoring of a deployed endpoint."),
    "dataset": ("wakeline.cli.dataset", "Browse connections; list, create, preview datasets; training rows."),
    "zone": ("wakeline.cli.zone", "List, create, rename and delete Flow zones; move items."),
    "recipe": ("wakeline.cli.recipe", "List, create and delete Evaluate recipes."),
    "store": ("wakeline.cli.store", "List, create and delete model evaluation stores."),
    "evaluation": ("wakeline.cli.evaluation", "Run, list and show evaluations."),
    "check": ("wakeline.cli.check", "List, create, change and delete checks of stores."),
    "schedule": ("wakeline.cli.schedule", "List, create, change and delete schedules of recipes."),
    "alert": ("wakeline.cli.alert", "List, create, change, test and delete alerts."),
    "label": ("wakeline.cli.label", "Import ground truth, see how it joins, choose what to label."),
    "event": ("wakeline.cli.event", "What happened to the events; import files of events."),
    "job": ("wakeline.cli.job", "List, show and cancel jobs."),
    "server": ("wakeline.cli.server", "Run the server alone: REST API, UI, jobs, local nodes."),
    "event-server": ("wakeline.cli.event_server", "Run an event server alone."),
    "api-node": ("wakeline.cli.api_node", "Run an API node and its shipper alone."),
    "gateway": ("wakeline.cli.gateway", "Run a gateway and its shipper alone."),
}


class _Nouns(typer.core.TyperGroup):
    """A group whose commands are imported when they are named; help needs none of them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        application: typer.Typer = import_module(COMMANDS[cmd_name][0]).application
        command = typer.main.get_command(application)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wakeline {__version__}")
        raise typer.Exit


def _describe(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Monitoring of machine-learning API endpoints, end to end.

    Start with `wakeline demo`, or `wakeline up` on an empty home.
    """


def build_command() -> Any:
    """The root command; its nouns are imported when they are asked for."""
    application = typer.Typer(
        cls=_Nouns,
        add_completion=False,
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(_describe)
    command = typer.main.get_command(application)
    command.name = "wakeline"
    return command


def run() -> NoReturn:
    """The entry point of the command line."""
    try:
        build_command()(prog_name="wakeline")
    except WakelineError as error:
        report_error(error)
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        report_error(WakelineError(f"{place}{error.strerror or error}"))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
