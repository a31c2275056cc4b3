"""`wakeline connection`: the places where logs lie, a folder or a bucket."""

from pathlib import Path
from typing import Annotated, Any

import typer

from wakeline.cli.output import (
    DEFAULT_URL,
    JsonFlag,
    UrlOption,
    print_json,
    print_object,
    print_rows,
    print_text,
    refuse_no_change,
    say,
    show_progress,
)
from wakeline.client.client import Client
from wakeline.core.errors import InvalidInputError

application = typer.Typer(
    add_completion=False, no_args_is_help=True, help="List, create, change, test and delete places of logs."
)
ConnectionArgument = Annotated[str, typer.Argument(help="Connection id, such as lake.")]
RootOption = Annotated[
    str | None, typer.Option("--root", help="Folder of the type filesystem, absolute or below the home.")
]
BucketOption = Annotated[str | None, typer.Option("--bucket", help="Bucket of the type s3.")]
PrefixOption = Annotated[str | None, typer.Option("--prefix", help="Below which prefix of the bucket.")]
EndpointOption = Annotated[
    str | None,
    typer.Option("--endpoint", help="https://HOST[:PORT] of a compatible store, if not Amazon's."),
]
RegionOption = Annotated[str | None, typer.Option("--region", help="Such as eu-central-1.")]
HttpOption = Annotated[
    bool | None, typer.Option("--allow-http/--no-allow-http", help="Take an endpoint without encryption.")
]
PathStyleOption = Annotated[
    bool | None, typer.Option("--path-style/--no-path-style", help="Bucket in the path, or in the host name.")
]
KeyOption = Annotated[str | None, typer.Option("--access-key-id", help="Id of the access key.")]
SecretOption = Annotated[
    Path | None, typer.Option("--secret-file", help="File that holds the secret of the access key.")
]


@application.command("list")
def list_connections(url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """List the connections."""
    rows = Client(url).list_connections()
    if as_json:
        print_json(rows)
        return
    shown = [{**row, "place": _name_place(row), "tested": _name_test(row)} for row in rows]
    columns = {"id": "connection", "type": "type", "place": "place", "endpoint": "endpoint", "tested": "test"}
    print_rows(shown, columns, as_json=False, empty="There is no connection.")


@application.command("show")
def show_connection(
    connection: ConnectionArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False
) -> None:
    """Show a connection; its secret is never told."""
    print_object(Client(url).read_connection(connection), as_json=as_json)


@application.command("create")
def create_connection(
    connection: ConnectionArgument,
    type_: Annotated[str, typer.Option("--type", help="s3 or filesystem.")] = "s3",
    root: RootOption = None,
    bucket: BucketOption = None,
    prefix: PrefixOption = None,
    endpoint: EndpointOption = None,
    region: RegionOption = None,
    allow_http: HttpOption = None,
    path_style: PathStyleOption = None,
    access_key_id: KeyOption = None,
    secret_file: SecretOption = None,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Create a connection, once its test has passed; without a key the cloud's own credentials are used."""
    settings = _collect(root, bucket, prefix, endpoint, region)
    settings |= _collect_key(allow_http, path_style, access_key_id, secret_file)
    with show_progress("Testing", quiet=as_json) as report:
        report(0.1, "writes, reads, lists, races, deletes")
        made = Client(url).create_connection(connection, type=type_, **settings)
        report(1.0, "passed")
    print_object(made, as_json=as_json)


@application.command("change")
def change_connection(
    connection: ConnectionArgument,
    root: RootOption = None,
    bucket: BucketOption = None,
    prefix: PrefixOption = None,
    endpoint: EndpointOption = None,
    region: RegionOption = None,
    allow_http: HttpOption = None,
    path_style: PathStyleOption = None,
    access_key_id: KeyOption = None,
    secret_file: SecretOption = None,
    no_key: Annotated[
        bool, typer.Option("--no-key", help="Back to the cloud's own credentials; the secret is forgotten.")
    ] = False,
    url: UrlOption = DEFAULT_URL,
    as_json: JsonFlag = False,
) -> None:
    """Change a connection, once the test of what it is to be has passed."""
    changes = _collect(root, bucket, prefix, endpoint, region)
    changes |= _collect_key(allow_http, path_style, access_key_id, secret_file)
    if no_key and {"access_key_id", "secret_access_key"} & changes.keys():
        raise typer.BadParameter("found both a new key and --no-key; expected one of them")
    if no_key:
        changes |= {"access_key_id": None, "secret_access_key": None}
    with show_progress("Testing", quiet=as_json) as report:
        report(0.1, "writes, reads, lists, races, deletes")
        changed = Client(url).change_connection(connection, **refuse_no_change(changes))
        report(1.0, "passed")
    print_object(changed, as_json=as_json)


@application.command("test")
def run_test(connection: ConnectionArgument, url: UrlOption = DEFAULT_URL, as_json: JsonFlag = False) -> None:
    """Test a connection and keep what was found; exit code 1 if it did not pass."""
    with show_progress("Testing", quiet=as_json) as report:
        report(0.1, "writes, reads, lists, races, deletes")
        found = Client(url).test_connection(connection)["test"]
        report(1.0, "done")
    if as_json:
        print_json(found)
    else:
        for step in found["steps"]:
            print_text(f"{step['name']}: {step['failure'] or 'as it should'}")
    if not found["passed"]:
        raise typer.Exit(1)


@application.command("delete")
def delete_connection(connection: ConnectionArgument, url: UrlOption = DEFAULT_URL) -> None:
    """Delete a connection that no destination and no dataset uses; what lies in the store stays."""
    Client(url).delete_connection(connection)
    say(f"The connection {connection} is gone, and its secret; what lies in the store stays.")


def _collect(
    root: str | None, bucket: str | None, prefix: str | None, endpoint: str | None, region: str | None
) -> dict[str, Any]:
    given = {"root": root, "bucket": bucket, "prefix": prefix, "endpoint": endpoint, "region": region}
    return {name: value for name, value in given.items() if value is not None}


def _collect_key(
    allow_http: bool | None, path_style: bool | None, access_key_id: str | None, secret_file: Path | None
) -> dict[str, Any]:
    given = {
        "allow_http": allow_http,
        "path_style": path_style,
        "access_key_id": access_key_id,
        "secret_access_key": None if secret_file is None else _read_secret(secret_file),
    }
    return {name: value for name, value in given.items() if value is not None}


def _read_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"the secret file {path} cannot be read: {error}") from error


def _name_place(row: dict[str, Any]) -> str:
    if row["type"] == "filesystem":
        return str(row["root"])
    return f"s3://{row['bucket']}/{row['prefix']}".rstrip("/")


def _name_test(row: dict[str, Any]) -> str:
    if row["test"] is None:
        return "not yet"
    return "passed" if row["test"]["passed"] else "failed"
