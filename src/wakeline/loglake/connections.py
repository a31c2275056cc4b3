"""A connection as event servers and servers are told of it: a folder, or a bucket with what opens it.

Refuses what no store could mean. The options may hold a secret, so a connection is never shown whole.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from wakeline.core.errors import InvalidInputError
from wakeline.loglake.place import Bucket, ObjectPlace, Place
from wakeline.loglake.table import check_root

FILESYSTEM = "filesystem"
S3 = "s3"
CONNECTION_TYPES = (FILESYSTEM, S3)
OPTIONS = (
    "aws_endpoint",
    "aws_region",
    "aws_allow_http",
    "aws_virtual_hosted_style_request",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
)

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SEGMENT = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9_.=-]*")


class Connection(msgspec.Struct, frozen=True):
    """`path` belongs to the type filesystem, the rest to s3."""

    id: str
    type: str
    path: str = ""
    bucket: str = ""
    prefix: str = ""
    options: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Connection(id={self.id!r}, type={self.type!r})"

    @property
    def place(self) -> Place:
        """Where the connection leads; raises `InvalidInputError` for one that leads nowhere."""
        if self.type == FILESYSTEM:
            return _find_folder(self.id, self.path)
        if self.type == S3:
            check_bucket(self.bucket)
            _check_options(self.id, self.options)
            bucket = Bucket(self.bucket, tuple(sorted(self.options.items())))
            return ObjectPlace(bucket, check_prefix(self.prefix))
        raise InvalidInputError(
            f"connection {self.id!r} has the type {self.type!r}; "
            f"expected one of {', '.join(CONNECTION_TYPES)}"
        )


def check_bucket(name: str) -> str:
    if not _BUCKET.fullmatch(name) or ".." in name:
        raise InvalidInputError(
            f"{name!r} is not a bucket; expected 3 to 63 of a-z, 0-9, - and ., such as my-lake"
        )
    return name


def check_prefix(prefix: str) -> str:
    """The prefix without slashes at its ends."""
    stripped = prefix.strip("/")
    for segment in stripped.split("/") if stripped else ():
        if not _SEGMENT.fullmatch(segment):
            raise InvalidInputError(
                f"the prefix {prefix!r} holds {segment!r}; expected names of letters, digits, _ - . and =, "
                "not beginning with a dot, with single slashes between"
            )
    return stripped


def check_endpoint(url: str, *, allow_http: bool) -> str:
    """The endpoint without a slash at its end."""
    expected = "expected https://HOST[:PORT], without user, path, query and fragment"
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise InvalidInputError(f"the endpoint cannot be read ({error}); {expected}") from error
    if parts.username or parts.password:
        raise InvalidInputError(f"the endpoint holds a user or a password; {expected}")
    if not is_sound or parts.path.strip("/") or parts.query or parts.fragment or " " in url:
        raise InvalidInputError(f"{url!r} is not the endpoint of a store; {expected}")
    if parts.scheme == "http" and not allow_http:
        raise InvalidInputError(
            f"the endpoint {url} is not encrypted; expected https://, "
            "or allow_http for a store on this machine"
        )
    return url.rstrip("/")


def _find_folder(connection_id: str, path: str) -> Path:
    if not Path(path).is_absolute():
        raise InvalidInputError(f"connection {connection_id!r}: the path {path!r} is not absolute")
    check_root(Path(path))
    return Path(path)


def _check_options(connection_id: str, options: dict[str, str]) -> None:
    unknown = sorted(options.keys() - set(OPTIONS))
    if unknown:
        raise InvalidInputError(
            f"connection {connection_id!r} has the option {unknown[0]!r}; expected {', '.join(OPTIONS)}"
        )
    if ("aws_access_key_id" in options) != ("aws_secret_access_key" in options):
        raise InvalidInputError(
            f"connection {connection_id!r} has only one of access key and secret; expected both or neither"
        )
    if "aws_endpoint" in options:
        check_endpoint(options["aws_endpoint"], allow_http=options.get("aws_allow_http") == "true")
