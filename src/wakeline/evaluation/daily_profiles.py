"""Profiles of a log's days, kept on disk: what an evaluation merges instead of reading rows again.

A day's file names the attempt ids of the commits whose rows it covers. Merged files with the same rows change
nothing; new data are profiled and merged in; where covered data are gone (an erasure) the day is built anew.
A file that does not read is rebuilt. Nothing here is ever the only copy: the folder may be deleted any time.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from wakeline.core.errors import BrokenFileError
from wakeline.core.window import Window
from wakeline.evaluation.logged_columns import explain_absence
from wakeline.evaluation.selection import Selection, split_rows
from wakeline.loglake.file_names import combine_data_ids
from wakeline.loglake.place import Place
from wakeline.loglake.window import LogFile, LogSnapshot
from wakeline.statistics.edges import EdgeSet, decode_edge_set, encode_edge_set, role_of
from wakeline.statistics.profile import Profile, build_empty_profile, build_profile, merge_profiles
from wakeline.statistics.profile_bytes import ProfileBundle, decode_profiles, encode_profiles

_EDGE_SET = "edge-set.json"

Step = Callable[[float], None]
Key = Mapping[str, Any]
Parts = dict[str, Profile]
"""Profiles by key, a JSON object of `KEY_COLUMNS`."""


@dataclass(frozen=True, slots=True)
class ProfileFolder:
    """The profiles of one log table."""

    path: Path

    @classmethod
    def locate(cls, profiles: Path, table: Place) -> "ProfileFolder":
        """`<profiles>/<topic>/<routing key>/<endpoint>-<hash of the table's place>`."""
        place = table.resolve() if isinstance(table, Path) else table
        digest = hashlib.sha256(str(place).encode()).hexdigest()[:8]
        return cls(profiles / place.parent.parent.name / place.parent.name / f"{place.name}-{digest}")

    def load_edge_set(self) -> EdgeSet | None:
        """The endpoint's current edge set; None before the first, or where it does not read."""
        try:
            return decode_edge_set((self.path / _EDGE_SET).read_bytes())
        except (FileNotFoundError, BrokenFileError):
            return None

    def save_edge_set(self, edge_set: EdgeSet) -> None:
        _replace(self.path / _EDGE_SET, encode_edge_set(edge_set))

    def load_day(self, day: date, edge_set: EdgeSet, kind: str) -> ProfileBundle | None:
        try:
            return decode_profiles(self._locate_day(day, edge_set, kind).read_bytes(), edge_set)
        except (FileNotFoundError, BrokenFileError):
            return None

    def save_day(self, day: date, edge_set: EdgeSet, kind: str, bundle: ProfileBundle) -> None:
        _replace(self._locate_day(day, edge_set, kind), encode_profiles(bundle, edge_set))

    def drop_days(self, days: Collection[date], texts: Sequence[str]) -> int:
        """How many files were deleted: those of the days; all of them where the edge set holds a text."""
        try:
            edges = (self.path / _EDGE_SET).read_bytes()
        except FileNotFoundError:
            edges = b""
        is_named = any(json.dumps(text)[1:-1].encode() in edges or text.encode() in edges for text in texts)
        names = {f"{day.isoformat()}.parquet" for day in days}
        doomed = [path for path in self.path.rglob("*") if path.is_file()] if self.path.is_dir() else []
        doomed = [path for path in doomed if is_named or path.name in names]
        for path in doomed:
            path.unlink(missing_ok=True)
        return len(doomed)

    def _locate_day(self, day: date, edge_set: EdgeSet, kind: str) -> Path:
        return self.path / edge_set.id / kind / f"{day.isoformat()}.parquet"


@dataclass(frozen=True, slots=True, eq=False)
class WindowProfile:
    """`selected` is the profile of the rows that count; `keys` are of all rows seen, selected or not."""

    selected: Profile
    keys: Sequence[Key]


def profile_window(
    snapshot: LogSnapshot,
    window: Window,
    edge_set: EdgeSet,
    selection: Selection,
    folder: ProfileFolder | None,
    *,
    step: Step,
) -> WindowProfile:
    """The window's profile, merged in (day, file) order; `step` gets the share done."""
    by_day: dict[date, list[LogFile]] = {}
    for file in snapshot.files(window):
        by_day.setdefault(file.day, []).append(file)
    merged = build_empty_profile(edge_set)
    keys: dict[str, Key] = {}
    for done, (day, files) in enumerate(by_day.items(), start=1):
        parts = profile_day(snapshot, day, files, edge_set, folder, answered_only=selection.answered_only)
        found = {key: json.loads(key) for key in parts}
        merged = merge_profiles([merged, *(parts[key] for key in parts if selection.matches(found[key]))])
        keys.update(found)
        step(done / len(by_day))
    return WindowProfile(merged, list(keys.values()))


def profile_day(
    snapshot: LogSnapshot,
    day: date,
    files: Sequence[LogFile],
    edge_set: EdgeSet,
    folder: ProfileFolder | None,
    *,
    answered_only: bool,
) -> Parts:
    """The day's profiles by key: from the folder as far as they stand there, and from rows."""
    kind = "answered" if answered_only else "all"
    kept = folder.load_day(day, edge_set, kind) if folder else None
    covered = set(kept.note["attempts"]) if kept else set()
    if kept and combine_data_ids(covered) == combine_data_ids(file.data_id for file in files):
        return _decode_parts(kept)
    held = {file.path: set(snapshot.read_attempts(file)) for file in files}
    present = set().union(*held.values())
    # A file that is covered in part, merged from old and new, cannot be added without counting rows twice.
    is_split = any(ids & covered and not ids <= covered for ids in held.values())
    if kept is None or is_split or not covered <= present:
        kept, covered = ProfileBundle([], {}), set()
    parts = _decode_parts(kept)
    for file in files:
        if not held[file.path] <= covered:
            _add_file(parts, snapshot, file, edge_set, answered_only=answered_only)
    if folder:
        decoded = [(json.loads(key), profile) for key, profile in parts.items()]
        folder.save_day(day, edge_set, kind, ProfileBundle(decoded, {"attempts": sorted(present)}))
    return parts


def _decode_parts(bundle: ProfileBundle) -> Parts:
    return {_encode_key(key): profile for key, profile in bundle.parts}


def _add_file(
    parts: Parts, snapshot: LogSnapshot, file: LogFile, edge_set: EdgeSet, *, answered_only: bool
) -> None:
    countable = [
        name
        for name, cells in edge_set.columns.items()
        if explain_absence(snapshot, name, role_of(cells)) is None
    ]
    columns = list(dict.fromkeys([*Selection().columns, *countable]))
    rows = snapshot.read_file(file, columns)
    for key, table in split_rows(rows, answered_only=answered_only):
        profile, name = build_profile(table, edge_set), _encode_key(key)
        parts[name] = merge_profiles([parts[name], profile]) if name in parts else profile


def _encode_key(key: Any) -> str:
    return json.dumps(dict(key), sort_keys=True)


def _replace(path: Path, body: bytes) -> None:
    """Whole or not at all, also with several writers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(body)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
