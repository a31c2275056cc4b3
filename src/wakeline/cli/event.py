"""`wakeline event`: what became of the events."""

import typer

from wakeline.cli.output import DEFAULT_URL, JsonFlag, UrlOption, print_object
from wakeline.client.client import Client

application = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="What happened to the events: accepted, stored, spooled, dropped.",
)


@application.callback()
def event() -> None:
    """What happened to the events: accepted, stored, spooled, dropped."""


@application.command("status")
def show_status(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """Counters of the event server, the shippers and the gateway."""
    print_object(Client(url).read_event_status(), as_json=as_json)
