"""Which of several servers a stream's table belongs to: rendezvous hashing, the same for clients and servers.

Each server has a weight for each stream; the heaviest owns it, the next takes its place while it is down. A
server that comes or goes moves its own streams only.
"""

import hashlib
from collections.abc import Iterable

from wakeline.core.event import Stream


def rank_servers(urls: Iterable[str], stream: Stream) -> list[str]:
    """Every URL once, the stream's owner first; a slash at a URL's end makes no difference."""
    return sorted({url.rstrip("/") for url in urls}, key=lambda url: _weigh(url, stream), reverse=True)


def _weigh(url: str, stream: Stream) -> bytes:
    return hashlib.blake2b(f"{url}\0{stream}".encode(), digest_size=8).digest()
