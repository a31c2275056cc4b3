"""The acts on files that the log rests on, by where a table lies: a local disk, or an object store.

On an object store a finished PUT is durable and there are no folders, so there is nothing to sync and nothing
can be torn. A new object is created, never overwritten: the store refuses a second one of the same key.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from io import RawIOBase
from pathlib import Path
from typing import Any, Protocol

import obstore
import pyarrow as pa
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from wakeline.loglake.disk import Disk
from wakeline.loglake.place import (
    CONDITIONAL_PUT,
    CONNECT_SECONDS_MAX,
    REQUEST_SECONDS_MAX,
    RETRIES_MAX,
    RETRY_SECONDS_MAX,
    Bucket,
    ObjectPlace,
    Place,
)

_SECRET_OPTIONS = frozenset({"aws_access_key_id", "aws_secret_access_key", "aws_session_token"})
_NO_ANSWER = "error sending request"
_NO_BUCKET = "NoSuchBucket"
_WHOLE_BYTES_MAX = 1 << 20
_MARKS = re.compile(r"\x1b\[[0-9;]*m|↳")
_CODE = re.compile(r"<Code>(.*?)</Code>\s*(?:<Message>(.*?)</Message>)?", re.DOTALL)
_TEXT_CHARACTERS_MAX = 400


class Storage(Protocol):
    """Each takes places of its own kind."""

    def write_new(self, path: Any, content: bytes | memoryview) -> None: ...
    def replace(self, path: Any, content: bytes) -> None: ...
    def make_folder(self, path: Any) -> bool: ...
    def sync_file(self, path: Any) -> None: ...
    def sync_folder(self, path: Any) -> None: ...
    def remove(self, path: Any) -> None: ...


class ObjectStore:
    """A bucket. Its failures are `OSError`s, short and without secrets."""

    def write_new(self, path: ObjectPlace, content: bytes | memoryview) -> None:
        """Raises `FileExistsError` if the key holds something else; its own lost answer is no failure."""
        with telling(path):
            try:
                obstore.put(
                    open_store(path.bucket), path.key, bytes(content), mode="create", use_multipart=False
                )
            except AlreadyExistsError as error:
                if self.read(path) != bytes(content):
                    raise FileExistsError(f"{path} exists already") from error

    def replace(self, path: ObjectPlace, content: bytes) -> None:
        """The new content or the old one, never a part."""
        with telling(path):
            obstore.put(open_store(path.bucket), path.key, content, use_multipart=False)

    def make_folder(self, path: ObjectPlace) -> bool:
        """There are none to make."""
        return False

    def sync_file(self, path: ObjectPlace) -> None:
        """A finished PUT is durable."""

    def sync_folder(self, path: ObjectPlace) -> None:
        """A finished PUT is durable."""

    def remove(self, path: ObjectPlace) -> None:
        with suppress(FileNotFoundError), telling(path):
            obstore.delete(open_store(path.bucket), path.key)

    def read(self, path: ObjectPlace) -> bytes | None:
        """None where there is no such object."""
        try:
            with telling(path):
                return bytes(obstore.get(open_store(path.bucket), path.key).bytes())
        except FileNotFoundError:
            return None

    def list_names(self, place: ObjectPlace) -> tuple[list[str], list[str]]:
        """The names of what stands directly below: prefixes and objects, each sorted."""
        with telling(place):
            found = obstore.list_with_delimiter(open_store(place.bucket), place.key or None)
        folders = sorted(path.rstrip("/").rpartition("/")[2] for path in found["common_prefixes"])
        return folders, sorted(entry["path"].rpartition("/")[2] for entry in found["objects"])


def find_storage(place: Place) -> Storage:
    return ObjectStore() if isinstance(place, ObjectPlace) else Disk()


def open_store(bucket: Bucket) -> S3Store:
    """One client a bucket, shared by all threads. Credentials that are not given come from the cloud's own
    chain, and the client renews them."""
    bucket.check_environment()
    return _make_store(bucket)


@lru_cache(maxsize=64)
def _make_store(bucket: Bucket) -> S3Store:
    return S3Store(
        bucket.name,
        config={**dict(bucket.options), **CONDITIONAL_PUT},  # type: ignore[arg-type]
        client_options={
            "timeout": timedelta(seconds=REQUEST_SECONDS_MAX),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS_MAX),
        },
        retry_config={"max_retries": RETRIES_MAX, "retry_timeout": timedelta(seconds=RETRY_SECONDS_MAX)},
    )


def open_bytes(place: Place, size: int) -> Any:
    """What `pyarrow` reads a file from. Objects come in ranges, small ones whole."""
    if isinstance(place, Path):
        return place
    if size > _WHOLE_BYTES_MAX:
        return pa.PythonFile(_Ranges(place, size), mode="r")
    content = ObjectStore().read(place)
    if content is None:
        raise FileNotFoundError(f"there is no {place}")
    return pa.BufferReader(content)


def is_silence(error: Exception) -> bool:
    """Whether the store gave no answer, as against one that refuses."""
    return _NO_ANSWER in str(error)


def describe_failure(error: Exception, bucket: Bucket) -> str:
    """One line of what a store or its client said, without any of the bucket's secrets."""
    text = _MARKS.sub("", str(error).partition("Debug source:")[0])
    code = _CODE.search(text)
    if code:
        text = f"{code[1]}: {code[2] or 'no message'}"
    for name, value in bucket.options:
        if name in _SECRET_OPTIONS and value:
            text = text.replace(value, "***")
    return " ".join(text.split())[:_TEXT_CHARACTERS_MAX] or type(error).__name__


@contextmanager
def telling(place: ObjectPlace) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except (BaseError, OSError, ValueError) as error:
        is_gone = isinstance(error, FileNotFoundError) and _NO_BUCKET not in str(error)
        kind = FileNotFoundError if is_gone else OSError
        raise kind(f"{place}: {describe_failure(error, place.bucket)}") from error


class _Ranges(RawIOBase):
    """An object of known size as a file to read; each read is one request."""

    def __init__(self, place: ObjectPlace, size: int) -> None:
        self._place = place
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = offset + (0, self._position, self._size)[whence]
        return self._position

    def read(self, size: int = -1) -> bytes:
        rest = max(0, self._size - self._position)
        wanted = rest if size is None or size < 0 else min(size, rest)
        if not wanted:
            return b""
        with telling(self._place):
            found = obstore.get_range(
                open_store(self._place.bucket), self._place.key, start=self._position, length=wanted
            )
        self._position += wanted
        return bytes(found)
