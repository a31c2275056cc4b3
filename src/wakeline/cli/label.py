"""`wakeline label`: ground truth from files, how it joins with the log, and rows to label."""

from pathlib import Path
from typing import Annotated

import typer

from wakeline.cli.event import parse_format
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
from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.event import Stream, Topic
from wakeline.core.ids import check_deployment_id, check_object_id

application = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Import ground truth, see how it joins, choose what to label.",
)
DeploymentArgument = Annotated[str, typer.Argument(help="Deployment id, such as FLIGHTS-on-local.")]
DeploymentOption = Annotated[str, typer.Option("--deployment", "-d", help="Deployment id.")]
EndpointOption = Annotated[str, typer.Option("--endpoint", "-e", help="Endpoint id, such as arrival-delay.")]
WindowOption = Annotated[str | None, typer.Option("--window", "-w", help="Only these days, such as 2013-04.")]


@application.command("import")
def import_labels(
    files: FilesArgument,
    deployment: DeploymentOption,
    endpoint: EndpointOption,
    key: Annotated[
        str | None,
        typer.Option("--key", help="The declared business key, such as features.flight_id; its column too."),
    ] = None,
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
    """Import labels of files: label, prediction_id or a business key, and perhaps label_time and event_id.

    Rows without a label are passed over, so a file of `label sample` comes back as it is. Labels of unknown
    predictions are kept, and reported. The same file again changes nothing.
    """
    from wakeline.imports.file_import import FileImport
    from wakeline.imports.mapping import parse_map

    client = Client(url)
    stream = Stream(
        Topic.GROUND_TRUTH.value, check_deployment_id(deployment), check_object_id("endpoint", endpoint)
    )
    declared = client.read_label_report(deployment, endpoint)["business_key"]
    check_key(key, declared)
    mapping = parse_map(columns or [], time_column, time_name="label_time")
    jobs = [
        FileImport(
            file,
            stream,
            mapping,
            name_rejects(file, rejects, len(files)),
            parse_format(format_),
            utc,
            declared,
        )
        for file in files
    ]
    results = import_files(
        jobs, lambda: None if dry_run else find_target(client, server, home), as_json=as_json
    )
    report = client.read_label_report(deployment, endpoint)
    joined = {name: report[name] for name in ("labelled", "waiting", "unmatched", "unmatched_ids")}
    print_results(results, as_json=as_json, more={} if dry_run else {"joined": joined})
    refuse_all_rejected(results)


@application.command("report")
def show_report(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    window: WindowOption = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Show how labels join: labelled, waiting, corrected, unmatched, delays; in all and by day."""
    report = Client(url).read_label_report(deployment, endpoint, window=window)
    if as_json:
        print_json(report)
        return
    days = report.pop("days")
    print_object(report, as_json=False)
    print_text("")
    shown = ("day", "labelled", "waiting", "corrected", "unmatched", "delay_median_s", "delay_p90_s")
    print_rows(
        days, {name: name.replace("_", " ") for name in shown}, as_json=False, empty="No predictions yet."
    )


@application.command("declare")
def declare_key(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    key: Annotated[
        str | None, typer.Option("--key", help="features.NAME or context.NAME; without it, none is declared.")
    ] = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Declare the business key that labels of an endpoint may name instead of a prediction id."""
    client = Client(url)
    found = client.read_deployment(deployment)
    if endpoint not in {entry["endpoint_id"] for entry in found["endpoints"]}:
        raise InvalidInputError(
            f"the deployment {deployment} has no endpoint {endpoint!r}; it has "
            + ", ".join(entry["endpoint_id"] for entry in found["endpoints"])
        )
    keys = {name: value for name, value in found["settings"]["business_keys"].items() if name != endpoint}
    changed = client.change_deployment(
        deployment, {"business_keys": keys | ({} if key is None else {endpoint: key})}
    )
    print_object({"business_keys": changed["settings"]["business_keys"]}, as_json=as_json)


@application.command("sample")
def sample_rows(
    deployment: DeploymentArgument,
    endpoint: EndpointOption,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV or Parquet file, by its ending.")],
    rows: Annotated[int, typer.Option("--rows", "-n", min=1, max=100_000, help="Rows to choose.")] = 100,
    window: WindowOption = None,
    strategy: Annotated[
        str, typer.Option("--strategy", help="random, uncertain (probabilities near each other), newest.")
    ] = "random",
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Choose predictions without a label: their features, and an empty column `label` for `label import`."""
    size = Client(url).sample_labels(
        deployment, endpoint, output, rows=rows, window=window, strategy=strategy
    )
    print_object({"file": str(output), "bytes": size}, as_json=as_json)


def check_key(given: str | None, declared: str | None) -> None:
    """A key that is not the declared one would match nothing."""
    if given is None or given == declared:
        return
    state = "none is declared" if declared is None else f"declared is {declared}"
    raise ConflictError(
        f"the key {given} cannot be used: {state}; declare it with `wakeline label declare … --key {given}`"
    )
