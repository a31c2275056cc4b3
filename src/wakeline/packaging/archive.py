"""A model version as one zip file, and back.

Unpacking trusts nothing: plain names at the top only, no links, bounded sizes counted while reading, and the
manifest's checksums. The destination appears whole or not at all.
"""

import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path

from wakeline.core.errors import BrokenFileError, ConflictError, TooLargeError
from wakeline.scoring.manifest import MANIFEST_NAME, Manifest, read_manifest, verify_files

FILES_MAX = 16
BYTES_MAX = 2 * 1024**3
MANIFEST_BYTES_MAX = 64 * 1024 * 1024
_CHUNK_BYTES = 1 << 20
_FOLDER_MODE = 0o755
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack_model(folder: Path | str, archive: Path | str | None = None) -> Path:
    """Zips a model version beside its folder (or to `archive`); the same folder gives the same bytes."""
    place = Path(folder)
    manifest = read_manifest(place)
    verify_files(place, manifest)
    path = Path(archive) if archive is not None else place.with_name(place.name + ".zip")
    temporary = path.with_name(path.name + ".tmp")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as target:
            for name in (MANIFEST_NAME, *sorted(manifest.files)):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with (place / name).open("rb") as source, target.open(entry, "w", force_zip64=True) as stream:
                    shutil.copyfileobj(source, stream, _CHUNK_BYTES)
        return temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def unpack_model(archive: Path | str, destination: Path | str, *, bytes_max: int = BYTES_MAX) -> Manifest:
    """Writes the archive's model version to `destination`, which must not exist, and returns its manifest.

    Raises `BrokenFileError` for anything but a whole model version, `TooLargeError` beyond the limits.
    """
    place = Path(destination)
    if place.exists():
        raise ConflictError(f"{place} exists already; a model version is never overwritten")
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".unpack-", dir=place.parent))
    try:
        _extract(Path(archive), folder, bytes_max)
        manifest = read_manifest(folder)
        _check_complete(folder, manifest)
        verify_files(folder, manifest)
        folder.chmod(_FOLDER_MODE)
        folder.replace(place)
        return manifest
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _extract(archive: Path, folder: Path, bytes_max: int) -> None:
    try:
        with zipfile.ZipFile(archive) as source:
            entries = source.infolist()
            _check_entries(entries, bytes_max)
            left = bytes_max
            for entry in entries:
                left -= _extract_entry(source, entry, folder / entry.filename, left)
    except _UNREADABLE as error:
        raise BrokenFileError(f"the archive is not a zip file that can be read: {error}") from error


def _check_entries(entries: list[zipfile.ZipInfo], bytes_max: int) -> None:
    if len(entries) > FILES_MAX:
        raise TooLargeError(
            f"the archive has {len(entries)} entries; a model version has at most {FILES_MAX}"
        )
    names = [entry.filename for entry in entries]
    for entry in entries:
        name = entry.filename
        is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        if is_link or entry.is_dir() or name in ("", ".", "..") or any(mark in name for mark in "/\\:\0"):
            raise BrokenFileError(f"the archive has the entry {name!r}; expected plain files at its top")
    if len({name.lower() for name in names}) != len(names):
        raise BrokenFileError("the archive has one name twice")
    if MANIFEST_NAME not in names:
        raise BrokenFileError(f"the archive has no {MANIFEST_NAME}; expected a zipped model version")
    if sum(entry.file_size for entry in entries) > bytes_max:
        raise TooLargeError(f"the archive unpacks to more than {bytes_max} bytes, the limit")


def _extract_entry(source: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, bytes_max: int) -> int:
    """Counts what really comes out, whatever the entry's header says."""
    limit = min(bytes_max, MANIFEST_BYTES_MAX) if entry.filename == MANIFEST_NAME else bytes_max
    written = 0
    with source.open(entry) as stream, path.open("xb") as target:
        while chunk := stream.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > limit:
                raise TooLargeError(f"{entry.filename} unpacks to more than {limit} bytes, the limit")
            target.write(chunk)
    return written


def _check_complete(folder: Path, manifest: Manifest) -> None:
    found = {path.name for path in folder.iterdir()} - {MANIFEST_NAME}
    surplus = sorted(found - set(manifest.files))
    if surplus:
        raise BrokenFileError(f"the archive has the file {surplus[0]!r}, which its manifest does not name")
