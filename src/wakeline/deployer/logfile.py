"""Log files of supervised processes: append a line, read the end, rotate when large."""

import shutil
from pathlib import Path

LOG_BYTES_MAX = 10 * 1024 * 1024
LOG_FILES_KEPT = 5
_TAIL_BYTES_MAX = 64 * 1024


def append_line(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def read_tail(path: Path, line_count: int) -> str:
    """The last lines, or an empty text when there is no log."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES_MAX))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-line_count:])


def rotate_when_large(path: Path, bytes_max: int = LOG_BYTES_MAX) -> bool:
    """Moves the content to `<path>.1` and so on up to `.5`; lines written during the copy may be lost."""
    try:
        if path.stat().st_size < bytes_max:
            return False
    except FileNotFoundError:
        return False
    for number in range(LOG_FILES_KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    with path.open("rb+") as file:
        file.truncate(0)
    return True
