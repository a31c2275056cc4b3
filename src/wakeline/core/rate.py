"""How many events a second somebody may bring: a bucket that fills at that rate and may be overdrawn once.

An amount is known only when it has come, so the next request waits until what it took too much is back.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """Holds a second's worth at most; `filled_us` is monotonic time."""

    per_second: float
    tokens: float
    filled_us: int

    @classmethod
    def full(cls, per_second: float, now_us: int) -> "TokenBucket":
        return cls(per_second, max(1.0, per_second), now_us)

    def wait_seconds(self, now_us: int) -> float:
        """Until something may be taken again; 0 for now."""
        gained = (now_us - self.filled_us) / 1e6 * self.per_second
        self.tokens = min(max(1.0, self.per_second), self.tokens + gained)
        self.filled_us = now_us
        return 0.0 if self.tokens > 0 else -self.tokens / self.per_second + 1e-3

    def take(self, amount: int) -> None:
        self.tokens -= amount


class KeyRates:
    """One bucket a limited key; a key whose limit changes begins anew."""

    def __init__(self) -> None:
        self._buckets: dict[str, TokenBucket] = {}

    def find(self, key_id: str, per_second: float | None, now_us: int) -> TokenBucket | None:
        """None: the key has no limit."""
        if per_second is None:
            self._buckets.pop(key_id, None)
            return None
        bucket = self._buckets.get(key_id)
        if bucket is None or bucket.per_second != per_second:
            bucket = self._buckets[key_id] = TokenBucket.full(per_second, now_us)
        return bucket
