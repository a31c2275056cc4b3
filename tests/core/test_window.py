"""Windows in words."""

import pytest

from wakeline.core.window import describe_window, parse_window


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2013-04", "April 2013"),
        ("2013-04-01/2013-05-01", "April 2013"),
        ("2013-04-01", "1 Apr 2013"),
        ("2013-03-30/2013-04-03", "30 Mar \u2013 2 Apr 2013"),
        ("2013-12-30/2014-01-03", "30 Dec 2013 \u2013 2 Jan 2014"),
        ("2013-04-01/2013-06-01", "1 Apr \u2013 31 May 2013"),
    ],
)
def test_windows_in_words(text: str, words: str) -> None:
    assert describe_window(parse_window(text)) == words
