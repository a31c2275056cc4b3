"""Errors for the world: what was found, what was expected, what to do.

Only the doors (HTTP routes, command line) know status numbers and exit codes; here is the kind of failure.
Each class has a short stable `code` that clients may rely on.
"""

from collections.abc import Mapping
from typing import ClassVar


class WakelineError(Exception):
    """Root of everything that a user can cause or repair."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, object] = dict(details or {})


class InvalidInputError(WakelineError):
    """The input does not have the form that was asked for."""

    code = "invalid-input"


class NotFoundError(WakelineError):
    """The thing named does not exist."""

    code = "not-found"


class ConflictError(WakelineError):
    """The thing exists already, or is in a state that does not allow the act."""

    code = "conflict"


class PreconditionFailedError(ConflictError):
    """The thing is no longer as the caller has seen it."""

    code = "precondition-failed"


class NotPermittedError(WakelineError):
    """The caller, or a setting, does not allow it."""

    code = "not-permitted"


class UnauthenticatedError(WakelineError):
    """The key is missing or unknown."""

    code = "unauthenticated"


class TooLargeError(WakelineError):
    """Beyond one of the limits of `core.limits`."""

    code = "too-large"


class UnavailableError(WakelineError):
    """A part that is needed does not answer now; trying again later may help."""

    code = "unavailable"


class BrokenFileError(WakelineError):
    """A file of ours, or one that we were given, cannot be read as what it should be."""

    code = "broken-file"
