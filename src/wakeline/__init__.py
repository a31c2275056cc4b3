"""Wakeline: monitoring of machine-learning API endpoints.

The public names are loaded on first use, so that `import wakeline` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wakeline.client.client import Client
    from wakeline.eventlogger.logger import EventLogger
    from wakeline.packaging.model_version import save_model

__version__ = "0.1.0"

_PUBLIC = {
    "Client": "wakeline.client.client",
    "EventLogger": "wakeline.eventlogger.logger",
    "save_model": "wakeline.packaging.model_version",
}

__all__ = ["Client", "EventLogger", "__version__", "save_model"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'wakeline' has no attribute {name!r}; it has {', '.join(sorted(_PUBLIC))}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
