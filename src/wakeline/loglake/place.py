"""Where tables lie: a folder of this machine, or a prefix in a bucket of an object store.

A local folder is a `pathlib.Path`. A prefix is an `ObjectPlace`, which joins and is taken apart as a path is,
so that the rooms above need not ask which of both they have. Shown, neither tells a secret.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeAlias

from wakeline.core.errors import InvalidInputError, UnavailableError
from wakeline.loglake.names import unescape_name

CONDITIONAL_PUT = {"aws_conditional_put": "etag"}
"""What exactly once rests on: of two writers that create the same key, one is refused."""

REQUEST_SECONDS_MAX = 30
CONNECT_SECONDS_MAX = 5
RETRIES_MAX = 3
RETRY_SECONDS_MAX = 20


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of S3 or a compatible store. `options` are the names that `deltalake` and `obstore` share,
    such as `aws_endpoint`; they may hold a secret and are never shown."""

    name: str
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return f"s3://{self.name}"

    @property
    def storage_options(self) -> dict[str, str]:
        """For `deltalake` and engines that read through it; a dead store is given up, never waited for."""
        self.check_environment()
        return {
            **dict(self.options),
            **CONDITIONAL_PUT,
            "timeout": f"{REQUEST_SECONDS_MAX}s",
            "connect_timeout": f"{CONNECT_SECONDS_MAX}s",
            "max_retries": str(RETRIES_MAX),
            "retry_timeout": f"{RETRY_SECONDS_MAX}s",
        }

    def check_environment(self) -> None:
        """The clients take what the options leave open from the environment: a key of the connection's own
        would go out with a token that belongs to another one, and no store would take it."""
        if "aws_access_key_id" in dict(self.options) and os.environ.get("AWS_SESSION_TOKEN"):
            raise UnavailableError(
                f"the environment of this process holds AWS_SESSION_TOKEN, and the connection to {self} has "
                "an access key of its own, with which it would be sent; unset it, or let the connection use "
                "the environment's credentials"
            )


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """A key, or the prefix of keys, in a bucket; `key` has no slash at either end and is empty at the top."""

    bucket: Bucket
    key: str = ""

    def __truediv__(self, part: str) -> Self:
        joined = "/".join(piece for piece in (*self.parts, *part.split("/")) if piece)
        return type(self)(self.bucket, joined)

    def __str__(self) -> str:
        return f"{self.bucket}/{self.key}" if self.key else str(self.bucket)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.key.split("/")) if self.key else ()

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> Self:
        return type(self)(self.bucket, self.key.rpartition("/")[0])

    def with_name(self, name: str) -> Self:
        return self.parent / name


Place: TypeAlias = Path | ObjectPlace


def list_parts_below(top: Place, place: Place) -> tuple[str, ...]:
    """The folders that lead from `top` to `place`; raises `ValueError` if they do not."""
    if isinstance(top, Path) and isinstance(place, Path):
        return place.relative_to(top).parts
    depth = len(top.parts)
    if type(top) is not type(place) or place.parts[:depth] != top.parts:
        raise ValueError(f"{place} does not lie below {top}")
    return place.parts[depth:]


def list_storage_options(place: Place) -> dict[str, str] | None:
    """What `deltalake` needs beside the address; it may hold a secret."""
    return place.bucket.storage_options if isinstance(place, ObjectPlace) else None


def split_path(path: str) -> list[str]:
    """The segments of a path on a connection; raises `InvalidInputError` for one that could lead out."""
    segments = [segment for segment in path.split("/") if segment]
    for segment in segments:
        decoded = unescape_name(segment)
        if {segment, decoded} & {".", ".."} or any(sign in decoded for sign in "\\\0"):
            raise InvalidInputError(
                f"the path {path!r} is refused for its segment {segment!r}; "
                "expected names of folders below the connection's root"
            )
    return segments


def join_below(root: Place, path: str) -> Place:
    """The place of a path on a connection, as it is written: nothing is looked up."""
    segments = split_path(path)
    return root / "/".join(segments) if segments else root


def locate_below(root: Place, path: str) -> Place:
    """The place of a path on a connection, links followed; there may be nothing yet."""
    if isinstance(root, ObjectPlace):
        return join_below(root, path)
    top = root.resolve()
    place = top.joinpath(*split_path(path)).resolve()
    if not place.is_relative_to(top):
        raise InvalidInputError(f"the path {path!r} leads out of the connection's root")
    return place
