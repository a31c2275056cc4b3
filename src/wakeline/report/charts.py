"""Charts as inline SVG: two sides of a column over each other, and intervals beside each other.

Everything that a chart shows stands in its label too. Colours come from the page's style, by class.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from wakeline.report.markup import Markup, element, join
from wakeline.report.numbers import format_measured, format_share

WIDTH = 360
HEIGHT = 150
_FOOT = 18
_TICKS_MAX = 5
_LEVEL_HEIGHT = 20
_LEVEL_NAME_WIDTH = 110
_LEVEL_CHARACTERS = 16
_LEVELS_DRAWN_MAX = 12
_MEDIAN, _LOW, _HIGH = 3, 1, 5


@dataclass(frozen=True, slots=True)
class Bar:
    """A bin or a level: shares of each side's rows (`current` None: no such side), heights by density."""

    name: str
    lower: float
    upper: float
    reference: float
    current: float | None
    width: float


def list_bars(distribution: Mapping[str, Any]) -> list[Bar]:
    if distribution["role"] == "numerical":
        return _list_bins(distribution)
    return _list_levels(distribution)


def draw_distribution(distribution: Mapping[str, Any]) -> Markup:
    bars = list_bars(distribution)
    if not bars:
        return element("p", "No values on either side.", class_="dim")
    if distribution["role"] == "categorical":
        return _draw_levels(distribution, bars[:_LEVELS_DRAWN_MAX])
    return _draw_histogram(distribution, bars)


def draw_intervals(reading: Mapping[str, Any]) -> Markup:
    """The window's interval above the reference's, on one scale; the numbers stand beside it."""
    names = ("value", "lower", "upper", "reference_value", "reference_lower", "reference_upper")
    known = [reading[name] for name in names if reading.get(name) is not None]
    least, span = min(known), (max(known) - min(known)) or 1.0

    def place(value: float) -> str:
        return f"{4 + 112 * (value - least) / span:.1f}"

    lines = [_draw_interval(reading, prefix, y, place) for prefix, y in (("", 7), ("reference_", 17))]
    return element("svg", *lines, viewBox="0 0 120 24", class_="intervals", aria_hidden="true")


def describe_distribution(distribution: Mapping[str, Any]) -> str:
    column = distribution["column"]
    if distribution["role"] == "categorical":
        parts = [
            f"{bar.name} {format_share(bar.reference)}"
            + ("" if bar.current is None else f", now {format_share(bar.current)}")
            for bar in list_bars(distribution)
        ]
        return f"Levels of {column}, reference and now: {'; '.join(parts) or 'none'}"
    now = distribution["current"]
    after = distribution["not_computed"] if now is None else _describe_spread(now["quantiles"])
    before = _describe_spread(distribution["reference"]["quantiles"])
    return f"Distribution of {column}. Reference: {before}. Now: {after}."


def list_notes(distribution: Mapping[str, Any]) -> list[str]:
    """What no bar shows."""
    before, now = distribution["reference"], distribution["current"]
    notes = [] if now is not None else [f"Nothing of this window: {distribution['not_computed']}."]
    missing = [_share(side["missing"], _count_rows(side)) for side in (before, now) if side]
    if any(missing):
        of_now = f", {format_share(missing[1])} of now" if len(missing) > 1 else ""
        notes.append(f"Missing: {format_share(missing[0])} of the reference{of_now}.")
    if distribution["role"] == "numerical":
        return [*notes, *_note_ends(distribution)]
    return [*notes, *_note_levels(distribution)]


def _list_bins(distribution: Mapping[str, Any]) -> list[Bar]:
    edges, before, now = distribution["edges"], distribution["reference"], distribution["current"]
    single = distribution["single"]
    counted = _count_present(before), _count_present(now) if now else 0
    return [
        Bar(
            name=format_measured(upper)
            if single
            else f"{format_measured(lower)} to {format_measured(upper)}",
            lower=index if single else lower,
            upper=index + 1 if single else upper,
            reference=_share(before["counts"][index], counted[0]),
            current=_share(now["counts"][index], counted[1]) if now else None,
            width=1.0 if single else upper - lower,
        )
        for index, (lower, upper) in enumerate(pairwise(edges))
    ]


def _list_levels(distribution: Mapping[str, Any]) -> list[Bar]:
    before, now = distribution["reference"], distribution["current"]
    counted = _count_present(before), _count_present(now) if now else 0
    rows = list(zip(distribution["levels"], before["counts"], strict=True))
    after = list(now["counts"]) if now else []
    if before["rest"] or (now and now["rest"]):
        others = distribution["rest_levels"]
        rows.append(("all others" if others is None else f"{others} others", before["rest"]))
        after += [now["rest"]] if now else []
    return [
        Bar(
            name,
            index,
            index + 1,
            _share(count, counted[0]),
            _share(after[index], counted[1]) if now else None,
            1,
        )
        for index, (name, count) in enumerate(rows)
    ]


def _draw_histogram(distribution: Mapping[str, Any], bars: Sequence[Bar]) -> Markup:
    heights = [[bar.reference / bar.width for bar in bars], [(bar.current or 0) / bar.width for bar in bars]]
    tallest = max(max(side) for side in heights) or 1.0
    sides = [
        element("path", d=_trace(bars, [height / tallest for height in side]), class_=class_)
        for side, class_ in zip(heights, ("reference", "now"), strict=True)
        if class_ == "reference" or distribution["current"] is not None
    ]
    base = element("line", x1=0, x2=WIDTH, y1=HEIGHT - _FOOT, y2=HEIGHT - _FOOT, class_="axis")
    ticks = _draw_value_ticks(bars) if distribution["single"] else _draw_number_ticks(bars)
    return _frame(distribution, HEIGHT, *sides, base, *ticks)


def _trace(bars: Sequence[Bar], heights: Sequence[float]) -> str:
    first, span = bars[0].lower, (bars[-1].upper - bars[0].lower) or 1.0
    floor = HEIGHT - _FOOT
    steps = [
        f"V{floor - (floor - 4) * height:.1f}H{WIDTH * (bar.upper - first) / span:.1f}"
        for bar, height in zip(bars, heights, strict=True)
    ]
    return f"M0 {floor}{''.join(steps)}V{floor}Z"


def _draw_value_ticks(bars: Sequence[Bar]) -> list[Markup]:
    every = -(-len(bars) // _TICKS_MAX)
    chosen = range(every // 2, len(bars), every)
    return [_draw_tick(WIDTH * (index + 0.5) / len(bars), bars[index].name) for index in chosen]


def _draw_number_ticks(bars: Sequence[Bar]) -> list[Markup]:
    first, last = bars[0].lower, bars[-1].upper
    return [
        _draw_tick(
            WIDTH * part / 4, format_measured(_round_within(first + (last - first) * part / 4, last - first))
        )
        for part in (1, 2, 3)
    ]


def _round_within(value: float, span: float) -> float:
    """To a hundredth of the axis, so that a tick is short."""
    digits = 0
    while span * 10**digits < 100 and digits < 12:
        digits += 1
    return round(value, digits)


def _draw_tick(x: float, text: str) -> Markup:
    return element("text", text, x=f"{x:.1f}", y=HEIGHT - 4, class_="tick", text_anchor="middle")


def _draw_levels(distribution: Mapping[str, Any], bars: Sequence[Bar]) -> Markup:
    largest = max(max(bar.reference, bar.current or 0) for bar in bars) or 1.0
    room = WIDTH - _LEVEL_NAME_WIDTH - 46
    rows = []
    for index, bar in enumerate(bars):
        top = index * _LEVEL_HEIGHT
        name = bar.name if len(bar.name) <= _LEVEL_CHARACTERS else f"{bar.name[: _LEVEL_CHARACTERS - 1]}…"
        shown = bar.reference if bar.current is None else bar.current
        rows += [
            element("text", name, x=_LEVEL_NAME_WIDTH - 8, y=top + 14, class_="tick", text_anchor="end"),
            _draw_bar(top + 3, room * bar.reference / largest, "reference"),
            None if bar.current is None else _draw_bar(top + 10, room * bar.current / largest, "now"),
            element("text", format_share(shown), x=WIDTH - 2, y=top + 14, class_="tick", text_anchor="end"),
        ]
    return _frame(distribution, max(1, len(bars)) * _LEVEL_HEIGHT + 4, *rows)


def _draw_bar(y: float, width: float, class_: str) -> Markup:
    return element("rect", x=_LEVEL_NAME_WIDTH, y=y, width=f"{width:.1f}", height=6, class_=class_)


def _frame(distribution: Mapping[str, Any], height: float, *content: Markup | None) -> Markup:
    return element(
        "svg",
        *content,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        aria_label=describe_distribution(distribution),
        class_="chart",
    )


def _draw_interval(reading: Mapping[str, Any], prefix: str, y: int, place: Callable[[float], str]) -> Markup:
    class_ = "reference" if prefix else "now"
    value = reading.get(f"{prefix}value")
    lower, upper = reading.get(f"{prefix}lower"), reading.get(f"{prefix}upper")
    return join(
        None
        if lower is None or upper is None
        else element("line", x1=place(lower), x2=place(upper), y1=y, y2=y, class_=class_),
        None if value is None else element("circle", cx=place(value), cy=y, r=3, class_=class_),
    )


def _describe_spread(quantiles: Sequence[float] | None) -> str:
    if quantiles is None:
        return "no values"
    median, low, high = (format_measured(quantiles[place]) for place in (_MEDIAN, _LOW, _HIGH))
    return f"median {median}, nine of ten from {low} to {high}"


def _note_ends(distribution: Mapping[str, Any]) -> list[str]:
    before, now, edges = distribution["reference"], distribution["current"], distribution["edges"]
    notes = []
    for name, words, edge in (("below", "at or below", edges[:1]), ("above", "above", edges[-1:])):
        shares = [_share(side[name], _count_present(side)) if side else 0.0 for side in (before, now)]
        if any(shares) and edge:
            notes.append(
                f"Not drawn: {format_share(shares[0])} of the reference and {format_share(shares[1])} of now "
                f"lie {words} {format_measured(edge[0])}."
            )
    return notes


def _note_levels(distribution: Mapping[str, Any]) -> list[str]:
    before, now = distribution["reference"], distribution["current"]
    notes = []
    hidden = len(list_bars(distribution)) - _LEVELS_DRAWN_MAX
    if hidden > 0:
        notes.append(f"Not drawn: {hidden} more.")
    unseen, vanished = distribution["unseen"], distribution["vanished"]
    if unseen and unseen["levels"]:
        share = format_share(_share(unseen["rows"], _count_present(now)))
        count = f"{unseen['levels']}{_name_new(distribution)}"
        notes.append(f"Levels that the reference does not have: {count}, {share} of now.")
    if vanished and vanished["levels"]:
        share = format_share(_share(vanished["rows"], _count_present(before)))
        notes.append(f"Levels of the reference that did not come: {vanished['levels']}, {share} of it.")
    return notes


def _name_new(distribution: Mapping[str, Any]) -> str:
    """Those that are among the named levels."""
    counts = zip(
        distribution["levels"],
        distribution["reference"]["counts"],
        distribution["current"]["counts"],
        strict=True,
    )
    names = [name for name, before, now in counts if before == 0 and now > 0]
    return f" ({', '.join(names)})" if names else ""


def _count_present(side: Mapping[str, Any]) -> int:
    beside = side.get("below", 0) + side.get("above", 0) + side.get("rest", 0)
    return int(sum(side["counts"]) + beside)


def _count_rows(side: Mapping[str, Any]) -> int:
    return _count_present(side) + int(side["missing"])


def _share(count: int, of: int) -> float:
    return count / of if of else 0.0
