"""`wakeline doctor`: what is installed, what is free, what runs."""

import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from wakeline import __version__
from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    UrlOption,
    print_json,
    print_object,
    print_rows,
    print_text,
)
from wakeline.client.client import Client
from wakeline.core.errors import ConflictError, WakelineError
from wakeline.server.stack import Ports, check_port
from wakeline.settings import read_settings

application = typer.Typer(add_completion=False)
LIBRARIES = (
    "deltalake",
    "duckdb",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "uvicorn",
)


@application.command()
def doctor(
    home: Annotated[Path | None, typer.Option("--home", help="Folder of all state.")] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Versions, ports, disk and the health of each process.

    Exits with 1 when the server answers but a part of it does not.
    """
    settings = read_settings(home=home)
    found = {
        "versions": _list_versions(),
        "home": _inspect_home(settings.home_folder),
        "ports": _inspect_ports(settings.port),
        "server": _ask_server(Client(url)),
    }
    if as_json:
        print_json(found)
    else:
        _print_findings(found)
    if found["server"].get("faults"):
        raise typer.Exit(1)


def _list_versions() -> dict[str, str]:
    libraries = {name: version(name) for name in LIBRARIES}
    return {"wakeline": __version__, "python": platform.python_version(), **libraries}


def _inspect_home(home: Path) -> dict[str, Any]:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    usage = shutil.disk_usage(existing)
    return {"path": str(home), "exists": home.exists(), "free_bytes": usage.free}


def _inspect_ports(first: int) -> dict[str, str]:
    answers = {}
    for name, port in Ports.plan(first or 4180).named().items():
        try:
            check_port(port, name)
            answers[f"{name} {port}"] = "free"
        except ConflictError:
            answers[f"{name} {port}"] = "in use"
    return answers


def _ask_server(client: Client) -> dict[str, Any]:
    """Its own words on its processes, and on the parts of the events' way, which `up` starts beside it."""
    try:
        health, events = client.read_health(), client.read_event_status()
    except WakelineError as error:
        return {"url": client.url, "answers": False, "reason": error.message}
    faults = [
        f"{process['name']} is {process['state']}"
        for process in health["processes"]
        if process["state"] != "running"
    ]
    faults += [f"{name}: {reason}" for name, reason in events["unavailable"].items()]
    return {"url": client.url, "answers": True, **health, "faults": faults}


def _print_findings(found: dict[str, Any]) -> None:
    for part in ("versions", "home", "ports"):
        print_object(found[part], as_json=False, title=part.capitalize())
        print_text("")
    server = found["server"]
    if not server["answers"]:
        print_text(f"No Wakeline server answers at {server['url']}: start one with `wakeline up`.")
        print_text(f"({server['reason']})")
        return
    print_text(f"Server at {server['url']}: {server['status']}")
    columns = {"name": "process", "state": "state", "pid": "pid", "port": "port", "restarts": "restarts"}
    print_rows(server["processes"], columns, as_json=False, empty="It runs no API node yet.")
    for fault in server["faults"]:
        print_text(f"Not well: {fault}")
