"""Models that cast their input to float32 before comparing, without the cast.

Rounding is monotonic, so `float32(x) <= t` is the same as `x <= widen_threshold(t)`.
"""

import math
import struct

FLOAT32_LIMIT = 3.4028235677973362e38
"""The largest double that still rounds to a finite float32."""

_TWO_TO_128 = 2.0**128


def narrow(value: float) -> float:
    """The nearest float32, ties to even; infinite beyond `FLOAT32_LIMIT`."""
    if abs(value) > FLOAT32_LIMIT:
        return math.copysign(math.inf, value)
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def widen_threshold(threshold: float) -> float:
    """The largest double whose float32 is at most `threshold`."""
    if math.isinf(threshold) or threshold >= FLOAT32_LIMIT:
        return threshold
    below = narrow(threshold)
    if below > threshold:
        below = _step_down(below)
    above = _step_up(below)
    middle = (max(below, -_TWO_TO_128) + min(above, _TWO_TO_128)) / 2
    return middle if narrow(middle) == below else math.nextafter(middle, -math.inf)


def _step_up(value: float) -> float:
    bits = _to_bits(value)
    if bits == 0x80000000:
        bits = 0
    return _from_bits(bits - 1 if bits & 0x80000000 else bits + 1)


def _step_down(value: float) -> float:
    return -_step_up(-value)


def _to_bits(value: float) -> int:
    return int(struct.unpack("<I", struct.pack("<f", value))[0])


def _from_bits(bits: int) -> float:
    return float(struct.unpack("<f", struct.pack("<I", bits))[0])
