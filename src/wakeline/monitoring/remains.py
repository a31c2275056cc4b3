"""A byte search over a home: which files still hold a text that should be gone.

Data files of logs are compressed, so what they hold is decided by their columns, not by their bytes; they are
searched all the same. Refuses short texts: they are found everywhere.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

NEEDLE_BYTES_MIN = 6
NEEDLES_MAX = 1_000
_PIECE = 1 << 20


def find_remains(home: Path, needles: Sequence[str]) -> list[str]:
    """Paths relative to the home, in order; of very many texts the first thousand are looked for."""
    texts = [needle.encode() for needle in needles[:NEEDLES_MAX]]
    if not texts:
        return []
    pattern = re.compile(b"|".join(re.escape(text) for text in texts))
    overlap = max(len(text) for text in texts) - 1
    return [path.relative_to(home).as_posix() for path in _list_files(home) if _holds(path, pattern, overlap)]


def _list_files(home: Path) -> Iterator[Path]:
    return iter(sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink()))


def _holds(path: Path, pattern: re.Pattern[bytes], overlap: int) -> bool:
    try:
        with path.open("rb") as file:
            kept = b""
            while piece := file.read(_PIECE):
                if pattern.search(kept + piece):
                    return True
                kept = piece[-overlap:] if overlap else b""
    except OSError:
        return False
    return False
