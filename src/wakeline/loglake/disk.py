"""The few acts on a local disk that durability rests on, in one place so that their order can be tested.

Files are created once and never overwritten, and are on disk when the call returns. After a failed fsync
nothing about the file is known: `SyncFailedError` must end the process, never be retried.
"""

import os
from io import FileIO
from pathlib import Path

from wakeline.core.errors import UnavailableError


class SyncFailedError(UnavailableError):
    """The disk refused an fsync; what it holds is unknown until a restart reads it again."""

    code = "sync-failed"


class Disk:
    """A local file system."""

    def write_new(self, path: Path, content: bytes | memoryview) -> None:
        """Creates the file with its content and syncs it; the folder's entry is `sync_folder`'s.

        A file that does not fit on the disk is not left half written.
        """
        with path.open("xb", buffering=0) as file:
            try:
                _write_all(file, content)
            except OSError:
                path.unlink(missing_ok=True)
                raise
            _sync(file.fileno(), path)

    def replace(self, path: Path, content: bytes, *, mode: int = 0o666) -> None:
        """The new content or the old one, never a part; `mode` as far as the process's umask lets it."""
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _sync(file.fileno(), path)
        draft.replace(path)

    def make_folder(self, path: Path) -> bool:
        """Creates the folder and its parents durably; False if it was there."""
        if path.is_dir():
            return False
        self.make_folder(path.parent)
        path.mkdir(exist_ok=True)
        self.sync_folder(path.parent)
        return True

    def sync_file(self, path: Path) -> None:
        handle = os.open(path, os.O_RDONLY)
        try:
            _sync(handle, path)
        finally:
            os.close(handle)

    def sync_folder(self, path: Path) -> None:
        self.sync_file(path)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)


def _write_all(file: FileIO, content: bytes | memoryview) -> None:
    """Unbuffered, so that a write that fails is not tried again when the file is closed."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def _sync(handle: int, path: Path) -> None:
    try:
        os.fsync(handle)
    except OSError as error:
        raise SyncFailedError(f"fsync of {path} failed: {error}; the process has to end") from error
