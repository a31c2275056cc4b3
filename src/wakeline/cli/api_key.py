"""`wakeline api-key`: keys that open the event servers and the gateway."""

from typing import Annotated, Any

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    UrlOption,
    print_object,
    print_rows,
    print_text,
    refuse_no_change,
    say,
)
from wakeline.client.client import Client

application = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="List, create, change, rotate and revoke the keys that bring events.",
)
KeyArgument = Annotated[str, typer.Argument(help="Key id, such as team-a; intake is the home's own.")]
LabelOption = Annotated[str | None, typer.Option("--label", help="A few words on who has it.")]
ExpiresOption = Annotated[
    str | None, typer.Option("--expires-at", help="RFC 3339 time after which it is refused.")
]
RateOption = Annotated[
    float | None, typer.Option("--events-per-second", min=0.001, help="Events a second that it may bring.")
]
DestinationOption = Annotated[
    list[str] | None,
    typer.Option("--destination", help="Destination that it is tied to; give it again for more of them."),
]


@application.command("list")
def list_keys(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the keys; no secret is ever shown again."""
    columns = {"id": "key", "label": "label", "ending": "ends in", "tied_to": "tied to"}
    more = {"events_per_second": "events/s", "expires_at": "expires", "former_until": "former good until"}
    print_rows(Client(url).list_api_keys(), columns | more, as_json=as_json, empty="There is no key.")


@application.command("show")
def show_key(key: KeyArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """Show a key, without its secret."""
    print_object(Client(url).read_api_key(key), as_json=as_json)


@application.command("create")
def create_key(
    key: KeyArgument,
    label: LabelOption = None,
    expires_at: ExpiresOption = None,
    events_per_second: RateOption = None,
    destination: DestinationOption = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create a key and print its secret, once: keep it now."""
    fields = _collect(label, expires_at, events_per_second, destination)
    _print_made(Client(url).create_api_key(key, **fields), as_json)


@application.command("change")
def change_key(
    key: KeyArgument,
    label: LabelOption = None,
    expires_at: ExpiresOption = None,
    never_expires: Annotated[bool, typer.Option("--never-expires", help="Take the expiry away.")] = False,
    events_per_second: RateOption = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="Take the limit of events away.")] = False,
    destination: DestinationOption = None,
    no_tie: Annotated[bool, typer.Option("--no-tie", help="Tie it to no destination.")] = False,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Change what a key may do; its secret stays."""
    changes = _collect(label, expires_at, events_per_second, destination)
    backs = {"expires_at": never_expires, "events_per_second": no_limit, "destinations": no_tie}
    for name, wanted in backs.items():
        if wanted and name in changes:
            raise typer.BadParameter(f"found both a new value of {name} and its removal; expected one")
        if wanted:
            changes[name] = None
    print_object(Client(url).change_api_key(key, **refuse_no_change(changes)), as_json=as_json)


@application.command("rotate")
def rotate_key(
    key: KeyArgument,
    grace: Annotated[
        int | None,
        typer.Option(
            "--grace", min=0, help="Seconds for which the former secret stays good. Default: a day."
        ),
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Give a key a new secret and print it, once; the home's own goes to its key file instead."""
    _print_made(Client(url).rotate_api_key(key, grace_seconds=grace), as_json)


@application.command("delete")
def delete_key(key: KeyArgument, url: UrlOption = DEFAULT_URL) -> None:
    """Revoke a key: the event servers refuse it within five seconds."""
    Client(url).delete_api_key(key)
    say(f"The key {key} is revoked.")


def _collect(
    label: str | None, expires_at: str | None, rate: float | None, destinations: list[str] | None
) -> dict[str, Any]:
    given = {
        "label": label,
        "expires_at": expires_at,
        "events_per_second": rate,
        "destinations": destinations or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _print_made(made: dict[str, Any], as_json: bool) -> None:
    """The secret alone goes to stdout, so that it can be piped into a file."""
    if as_json:
        print_object(made, as_json=True)
    elif made["secret"] is None:
        say("The home's key is rotated; processes of this home read it from its key file by themselves.")
    else:
        say(f"The secret of {made['id']}, shown this once:")
        print_text(made["secret"])
