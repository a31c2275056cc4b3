"""`wakeline job`: what the server works on."""

from typing import Annotated

import typer

from wakeline.cli.output import DEFAULT_URL, JsonFlag, UrlOption, print_object, print_rows
from wakeline.client.client import Client

application = typer.Typer(add_completion=False, no_args_is_help=True, help="List, show and cancel jobs.")
JobArgument = Annotated[str, typer.Argument(help="Job id.")]


@application.command("list")
def list_jobs(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List jobs, the newest first."""
    columns = {"id": "job", "kind": "kind", "state": "state", "message": "message", "created_at": "created"}
    print_rows(Client(url).list_jobs(), columns, as_json=as_json, empty="No job has run yet.")


@application.command("show")
def show_job(job: JobArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """Show a job: state, progress, log, result or error."""
    print_object(Client(url).read_job(job), as_json=as_json)


@application.command("cancel")
def cancel_job(job: JobArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """Ask a job to stop."""
    print_object(Client(url).cancel_job(job), as_json=as_json)
