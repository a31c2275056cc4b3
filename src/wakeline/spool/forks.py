"""What a forked child must not touch: files that its parent owns."""

import os
import weakref
from typing import Protocol


class Inherited(Protocol):
    def leave_to_parent(self) -> None:
        """Called in the child: lets go without closing anything that the parent still uses."""


_LIVING: "weakref.WeakSet[Inherited]" = weakref.WeakSet()
_KEPT: list[object] = []
_HOOKS: list[bool] = []


def watch(owner: Inherited) -> None:
    """From now on a fork calls `leave_to_parent` in the child."""
    if not _HOOKS:
        os.register_at_fork(after_in_child=_leave_all)
        _HOOKS.append(True)
    _LIVING.add(owner)


def keep(*things: object) -> None:
    """Keeps connections of the parent from being closed by the child's garbage collection."""
    _KEPT.extend(things)


def _leave_all() -> None:
    for owner in list(_LIVING):
        owner.leave_to_parent()
    _LIVING.clear()
