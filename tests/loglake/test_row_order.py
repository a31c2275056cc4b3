"""Orders of rows are worked out once, and forgotten when others need the room."""

import numpy as np

from wakeline.loglake.row_order import Positions, RowOrders


def test_an_order_is_worked_out_once_and_forgotten_when_room_is_needed() -> None:
    worked: list[str] = []

    def ask(orders: RowOrders, name: str) -> Positions:
        def work_out() -> Positions:
            worked.append(name)
            return np.arange(10, dtype=np.uint32)

        return orders.find(name, work_out)

    orders = RowOrders(bytes_max=80)  # two orders of ten rows
    for name in ("a", "b", "a", "c", "a", "b"):
        assert ask(orders, name).tolist() == list(range(10))
    assert worked == ["a", "b", "c", "b"]


def test_an_order_that_is_too_long_to_keep_is_still_answered() -> None:
    orders = RowOrders(bytes_max=1)
    found = orders.find("a", lambda: np.arange(10, dtype=np.uint32))
    assert found.tolist() == list(range(10))
