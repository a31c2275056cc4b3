"""`wakeline alert`: who is told when the status of a store changes.

Secrets come from the environment or a prompt, never from an argument that others on the machine could read.
"""

from typing import Annotated

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    ProjectOption,
    UrlOption,
    print_object,
    print_rows,
    print_text,
    refuse_no_change,
)
from wakeline.client.calls import without_missing
from wakeline.client.client import Client

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create, change, test and delete alerts."
)
creating = typer.Typer(add_completion=False, no_args_is_help=True, help="Create an alert.")
application.add_typer(creating, name="create")

AlertArgument = Annotated[str, typer.Argument(help="Id of the alert, as `wakeline alert list` shows it.")]
NameArgument = Annotated[str, typer.Argument(help="Name of the alert.")]
StoreOption = Annotated[str, typer.Option("--store", "-s", help="Store whose status is told.")]


@application.command("list")
def list_alerts(
    project: ProjectOption,
    store: Annotated[str | None, typer.Option("--store", "-s", help="Only of this store.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """List alerts; secrets are not shown."""
    found = Client(url).list_alerts(project, store)
    rows = found if as_json else [{**row, "target": _describe(row["target"])} for row in found]
    print_rows(
        rows,
        {
            "id": "id",
            "store": "store",
            "name": "alert",
            "target": "target",
            "enabled": "on",
            "told_status": "told",
        },
        as_json=as_json,
        empty=f"No alert in {project} yet: `wakeline alert create`.",
    )


@creating.command("webhook")
def create_webhook(
    name: NameArgument,
    project: ProjectOption,
    store: StoreOption,
    to: Annotated[str, typer.Option("--to", help="URL that messages are posted to.")],
    secret: Annotated[
        str | None,
        typer.Option(envvar="WAKELINE_ALERT_SECRET", help="Signs each message; from the environment."),
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Post a message, which Slack takes as it is, when the status changes."""
    target = without_missing(kind="webhook", url=to, secret=secret)
    print_object(Client(url).create_alert(project, store, name, target), as_json=as_json)


@creating.command("mail")
def create_mail(
    name: NameArgument,
    project: ProjectOption,
    store: StoreOption,
    host: Annotated[str, typer.Option("--host", help="SMTP server.")],
    sender: Annotated[str, typer.Option("--from", help="Address that mails come from.")],
    to: Annotated[list[str], typer.Option("--to", help="Address that mails go to; may be repeated.")],
    port: Annotated[int, typer.Option("--port", help="Port of the SMTP server.")] = 587,
    security: Annotated[str, typer.Option("--security", help="none, starttls or tls.")] = "starttls",
    username: Annotated[str | None, typer.Option("--username", help="Name for the SMTP server.")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="WAKELINE_SMTP_PASSWORD", help="Its password; from the environment.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Send a mail when the status changes."""
    target = without_missing(
        kind="mail",
        host=host,
        port=port,
        security=security,
        username=username,
        password=password,
        sender=sender,
        recipients=list(to),
    )
    print_object(Client(url).create_alert(project, store, name, target), as_json=as_json)


@application.command("change")
def change_alert(
    alert: AlertArgument,
    name: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Whether it tells.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Rename an alert, or switch it off and on; another target is another alert."""
    changes = refuse_no_change(without_missing(name=name, enabled=enabled))
    print_object(Client(url).change_alert(alert, **changes), as_json=as_json)


@application.command("test")
def send_test(alert: AlertArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """Send one message now; exit code 1 where it does not arrive."""
    sent = Client(url).test_alert(alert)
    print_object(sent, as_json=as_json)
    if sent["state"] != "delivered":
        raise typer.Exit(1)


@application.command("deliveries")
def list_deliveries(alert: AlertArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List what an alert sent, the newest first."""
    print_rows(
        Client(url).list_deliveries(alert),
        {
            "created_at": "at",
            "event": "event",
            "state": "state",
            "attempts": "attempts",
            "last_error": "last error",
        },
        as_json=as_json,
        empty="Nothing was sent yet.",
    )


@application.command("delete")
def delete_alert(alert: AlertArgument, url: UrlOption = DEFAULT_URL) -> None:
    """Delete an alert with the record of what it sent."""
    Client(url).delete_alert(alert)
    print_text("Deleted.")


def _describe(target: dict[str, object]) -> object:
    if target["kind"] == "webhook":
        return target["url"]
    recipients = target["recipients"]
    return ", ".join(recipients) if isinstance(recipients, list) else recipients
