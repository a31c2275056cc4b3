"""Comparing with a widened threshold is comparing after the cast to float32."""

import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from wakeline.scoring.narrow import FLOAT32_LIMIT, narrow, widen_threshold

_FINITE = st.floats(min_value=-FLOAT32_LIMIT, max_value=FLOAT32_LIMIT, allow_nan=False)


@given(_FINITE)
def test_narrow_is_the_cast(value: float) -> None:
    assert narrow(value) == float(np.float32(value))


def test_narrow_beyond_the_limit_is_infinite() -> None:
    above = math.nextafter(FLOAT32_LIMIT, math.inf)
    assert math.isfinite(narrow(FLOAT32_LIMIT))
    assert narrow(above) == math.inf
    assert narrow(-above) == -math.inf
    with np.errstate(over="ignore"):
        assert float(np.float32(above)) == math.inf
        assert math.isfinite(float(np.float32(FLOAT32_LIMIT)))


@given(_FINITE, _FINITE)
@example(0.1, 0.1)
@example(0.0, -0.0)
@example(-1e-46, 0.0)
@example(0.0, 1e-46)
@example(-5e-324, 0.0)
def test_widened_threshold_decides_as_the_cast(threshold: float, value: float) -> None:
    assert (value <= widen_threshold(threshold)) == (narrow(value) <= threshold)


@given(_FINITE)
@example(0.0)
@example(-0.0)
@example(1.0)
@example(-1.0)
def test_widened_threshold_is_the_last_value_that_goes_left(threshold: float) -> None:
    widened = widen_threshold(threshold)
    assert narrow(widened) <= threshold
    following = math.nextafter(widened, math.inf)
    assert narrow(following) > threshold


def test_infinite_threshold_stays() -> None:
    assert widen_threshold(math.inf) == math.inf
    assert widen_threshold(-math.inf) == -math.inf
