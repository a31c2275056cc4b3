"""A full disk, told from other failures, in words that say which one and what to do."""

import errno
from collections.abc import Iterator

_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WORDS = ("no space left", "disk is full", "disk quota exceeded", "file too large")


def is_disk_full(error: BaseException) -> bool:
    """Whether the error, or what caused it, is that; libraries tell it as a number or in words alone."""
    return any(
        getattr(each, "errno", None) in _NUMBERS or any(words in str(each).lower() for words in _WORDS)
        for each in _list_causes(error)
    )


def explain_full_disk(place: object, error: BaseException) -> str:
    return (
        f"the disk that holds {place} is full ({error}); free some space there. Nothing is lost meanwhile: "
        "what was not acknowledged is sent again"
    )


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
