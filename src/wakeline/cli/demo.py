"""`wakeline demo`: the whole loop on real flights, on one machine."""

import functools
from pathlib import Path
from typing import Annotated

import typer

from wakeline.cli.output import JsonFlag, print_json, print_rows, say, show_progress
from wakeline.cli.up import PORT_MAX, catch_stop_signals
from wakeline.client.client import Client
from wakeline.server.stack import Ports, Stack

application = typer.Typer(add_completion=False)
COLUMNS = {
    "window": "month",
    "rows": "rows",
    "status": "status",
    "roc_auc": "ROC AUC (95 %)",
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "domain_classifier_auc": "domain classifier",
    "drifted_share": "drifted share",
}


@application.command()
def demo(
    home: Annotated[
        Path, typer.Option("--home", help="Folder of all state; a second run picks up there.")
    ] = Path(".demo"),
    port: Annotated[
        int, typer.Option("--port", min=0, max=PORT_MAX, help="First of five ports; 0 picks free ones.")
    ] = 4180,
    every: Annotated[int, typer.Option("--every", min=1, help="Send only each n-th flight.")] = 1,
    leave: Annotated[bool, typer.Option("--exit", help="Stop every process at the end.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """The whole loop on New York's 2013 flights.

    Trains a model, serves it, replays April to December as queries, lands the log, configures monitoring,
    sends the true delays and evaluates each month. Then stays up until Ctrl-C.
    """
    from wakeline.demo.story import Scene, tell_story
    from wakeline.demo.summary import build_rows, build_summary

    stack = Stack(home, Ports.plan(port), commit_interval_s=2.0)
    stopped = catch_stop_signals()
    try:
        with show_progress("Processes") as report:
            stack.start(report)
        progress = functools.partial(show_progress, stopped=stopped)
        outcome = tell_story(Scene(Client(stack.url), stack.home, stack.gateway_url, progress, every))
        summary = build_summary(outcome, stack.url)
        if as_json:
            print_json(summary)
        else:
            print_rows(build_rows(summary), COLUMNS, as_json=False, empty="")
        if not leave:
            say(f"The evaluations: [bold]{stack.url}[/]   Ctrl-C stops every process.")
            stopped.wait()
    except KeyboardInterrupt:
        say("Stopped; the same command goes on where this one ended.")
        raise
    finally:
        stack.stop()
