"""What a running server holds: plain values and the few things with a lifetime, composed in the entry."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from wakeline.core.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Parts:
    """Handed to `create_app`; routes get at it through `server.dependencies`."""

    home: Path
    sessions: sessionmaker[Session]
    clock: Clock = field(default_factory=SystemClock)
