"""What goes wrong just now, by file and stream: a stream's own success ends its trouble, nobody else's."""

from pathlib import Path

from wakeline.core.event import Stream


class Troubles:
    """The latest message of each source that has not recovered."""

    def __init__(self) -> None:
        self._messages: dict[tuple[Path, Stream | None], str] = {}

    def set(self, path: Path, stream: Stream | None, message: str | None) -> None:
        """None: it works again."""
        self._messages.pop((path, stream), None)
        if message is not None:
            self._messages[path, stream] = message

    def forget(self, path: Path) -> None:
        for source in [source for source in self._messages if source[0] == path]:
            del self._messages[source]

    @property
    def latest(self) -> str | None:
        return next(reversed(self._messages.values()), None)
