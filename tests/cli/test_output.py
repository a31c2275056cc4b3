"""What commands print for people: whole names in a pipe, nested things laid out, errors in words."""

import io
from typing import Any

import pytest

from wakeline.cli.output import print_object, print_rows, report_error, show_progress
from wakeline.core.errors import InvalidInputError, WakelineError


def test_a_pipe_gets_each_row_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    name = "evaluate-SHOP-on-local-risk" * 5
    print_rows([{"name": name, "note": "x" * 90}], {"name": "recipe", "note": ""}, as_json=False, empty="")
    assert f"{name}  {'x' * 90}" in capsys.readouterr().out


def test_what_has_fields_of_its_own_stands_below(capsys: pytest.CaptureFixture[str]) -> None:
    value: dict[str, Any] = {
        "deployment_id": "SHOP-on-local",
        "settings": {"log_inputs": True, "dropped": {}},
        "nodes": [{"node_id": "a", "port": 1}, {"node_id": "b", "port": 2}],
        "tags": ["[red]one[/]", "two"],
        "shippers": [{"of": "gateway", "streams": [{"stream": "a/b/c", "shipped": 3}]}],
    }
    print_object(value, as_json=False)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "tags           [red]one[/], two" in lines
    assert lines[lines.index("settings") + 1 :][:2] == ["  log inputs  yes", "  dropped     none"]
    nodes = lines[lines.index("nodes") + 1 :]
    assert nodes[:3] == ["  node id  port", "  a        1", "  b        2"]
    assert "    stream  shipped" in lines
    assert not any("{" in line for line in lines)


def test_an_error_says_its_details_where_they_say_more(capsys: pytest.CaptureFixture[str]) -> None:
    faults = [{"feature": "a", "found": "a text"}, {"feature": "b", "found": "nothing"}]
    report_error(InvalidInputError("two do not fit", details={"faults": faults, "days": ["2013-04-01"]}))
    assert capsys.readouterr().err.splitlines() == [
        "Error: two do not fit",
        "  faults:",
        "    feature: a, found: a text",
        "    feature: b, found: nothing",
    ]


def test_a_bar_that_failed_is_not_left_behind(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())

    def fail() -> None:
        with show_progress("Deploying") as report:
            report(0.1, "waiting for [the node]")
            raise WakelineError("it does not start")

    with pytest.raises(WakelineError):
        fail()
    assert "Deploying" not in capsys.readouterr().err
