"""`wakeline event`: what became of the events, and files of events of others."""

from typing import Annotated, Any

import typer

from wakeline.cli.erasing import erase_events, list_erasures
from wakeline.cli.event_table import print_event_table
from wakeline.cli.importing import (
    DryRunFlag,
    FilesArgument,
    FormatOption,
    HomeOption,
    MapOption,
    RejectsOption,
    ServerOption,
    TimeColumnOption,
    UtcOption,
    find_target,
    import_files,
    name_rejects,
    print_results,
    refuse_all_rejected,
)
from wakeline.cli.output import DEFAULT_URL, JsonFlag, UrlOption, print_json, print_object, print_rows
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError
from wakeline.core.event import Stream, Topic
from wakeline.core.ids import NO_ENDPOINT, check_deployment_id, check_object_id

application = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="What happened to the events, import of files of events, erasure.",
)
application.command("erase")(erase_events)
application.command("erasures")(list_erasures)


@application.callback()
def event() -> None:
    """What happened to the events, import of files of events, erasure."""


@application.command("status")
def show_status(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """By stream: accepted, stored, duplicate, spooled, dropped, dead letters, lag and errors."""
    status = Client(url).read_event_status()
    if as_json:
        print_json(status)
    else:
        print_event_table(status)


@application.command("import")
def import_events(
    files: FilesArgument,
    deployment: Annotated[
        str | None, typer.Option("--deployment", "-d", help="Deployment whose query log takes the rows.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", help="Another topic than api-node-query; with --routing-key.")
    ] = None,
    routing_key: Annotated[
        str | None, typer.Option("--routing-key", help="Routing key within the topic.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option("--endpoint", "-e", help="Endpoint id.")] = None,
    columns: MapOption = None,
    time_column: TimeColumnOption = None,
    utc: UtcOption = False,
    format_: FormatOption = None,
    rejects: RejectsOption = None,
    dry_run: DryRunFlag = False,
    server: ServerOption = None,
    home: HomeOption = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Import files of events into a log: each row once, however often the same file is imported.

    Columns have names of the log (features.<name>, prediction, proba.<class>, event_time, …), or get them by
    --map. The reference system's two log layouts are known.
    """
    from wakeline.imports.file_import import FileImport
    from wakeline.imports.mapping import parse_map

    stream = name_stream(deployment, topic, routing_key, endpoint)
    mapping = parse_map(columns or [], time_column)
    jobs = [
        FileImport(file, stream, mapping, name_rejects(file, rejects, len(files)), parse_format(format_), utc)
        for file in files
    ]
    results = import_files(
        jobs, lambda: None if dry_run else find_target(Client(url), server, home), as_json=as_json
    )
    if dry_run and not as_json:
        print_dry_run(results)
    else:
        print_results(results, as_json=as_json)
    refuse_all_rejected(results)


def name_stream(
    deployment: str | None, topic: str | None, routing_key: str | None, endpoint: str | None
) -> Stream:
    """A deployment's query log, or any topic and routing key."""
    if (deployment is None) == (routing_key is None):
        raise InvalidInputError("expected --deployment, or --topic with --routing-key")
    if deployment is not None and topic is not None:
        raise InvalidInputError("--deployment is for its query log; name another topic with --routing-key")
    chosen = topic or Topic.QUERY.value
    if chosen == Topic.GROUND_TRUTH:
        raise InvalidInputError("labels are imported by `wakeline label import`")
    if endpoint is None and chosen == Topic.QUERY:
        raise InvalidInputError("found no --endpoint; expected the endpoint that answered the queries")
    return Stream(
        chosen,
        check_deployment_id(deployment or routing_key or ""),
        NO_ENDPOINT if endpoint is None else check_object_id("endpoint", endpoint),
    )


def parse_format(text: str | None) -> Any:
    from wakeline.imports.rows import FileFormat

    if text is None:
        return None
    try:
        return FileFormat(text)
    except ValueError as error:
        raise InvalidInputError(f"found the format {text!r}, expected {', '.join(FileFormat)}") from error


def print_dry_run(results: list[dict[str, Any]]) -> None:
    for result in results:
        kept = {
            name: result[name] for name in ("file", "stream", "format", "read", "rejected", "rejects", "days")
        }
        print_object(kept, as_json=False)
        if result["columns"]:
            print_rows(result["columns"], {"column": "column", "becomes": "becomes"}, as_json=False, empty="")
        for example in result["examples"][:1]:
            print_json(example)
