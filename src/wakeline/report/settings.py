"""What an evaluation was made with, in words."""

from collections.abc import Mapping
from typing import Any

from wakeline.report.numbers import format_measured

_TITLES = {
    "filter_model_version": "Rows answered by version",
    "filter_deployment_id": "Rows of deployment",
    "handle_as_api_node_logs": "Handled as API node logs",
    "exact_rows_max": "Exact up to rows",
    "sample_rows_max": "Sampled rows a side",
    "definition_version": "Definitions",
}


def list_settings(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each, the libraries last."""
    libraries = ", ".join(f"{name} {of}" for name, of in document["library_versions"].items())
    found = [
        (_TITLES.get(name, name.replace("_", " ").capitalize()), _say(value))
        for name, value in document["settings"].items()
    ]
    return [*found, ("Made with", libraries)]


def _say(value: object) -> str:
    match value:
        case None:
            return "all"
        case bool():
            return "yes" if value else "no"
        case float():
            return format_measured(value)
        case dict():
            return ", ".join(f"{name} {of}" for name, of in value.items())
        case _:
            return str(value)
