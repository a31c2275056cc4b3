"""Elements of a page as text. What is not markup already is escaped: names and levels come from anyone."""

from html import escape

_VOID = frozenset({"meta"})


class Markup(str):
    """Text that is markup. Made by this room alone, never from what others wrote."""

    __slots__ = ()


Content = Markup | str | int | None


def element(name: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """`class_` is `class`, and `_` within a name is `-`; an attribute of None is left out."""
    given = "".join(
        f' {_name(key)}="{escape(str(value))}"' for key, value in attributes.items() if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(*content)}</{name}>")


def join(*parts: Content) -> Markup:
    return Markup("".join(_render(part) for part in parts))


def _render(part: Content) -> str:
    if part is None:
        return ""
    return part if isinstance(part, Markup) else escape(str(part))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
