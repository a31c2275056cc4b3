"""Where the rows of a question lie, in the order asked for: kept for the pages that follow the first.

A position counts the rows of the question's files from 0, file after file. What is kept may be lost at any
time; a table's next version has other orders.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.uint32]
POSITIONS_MAX = 2**32
BYTES_MAX = 64_000_000


class RowOrders:
    """Of the questions asked lately, as many as `bytes_max` holds. One order is worked out at a time."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Positions] = OrderedDict()

    def find(self, question: Hashable, work_out: Callable[[], Positions]) -> Positions:
        with self._lock:
            if question in self._kept:
                self._kept.move_to_end(question)
                return self._kept[question]
            found = work_out()
            self._kept[question] = found
            self._bytes += found.nbytes
            while self._bytes > self._bytes_max:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
            return found
