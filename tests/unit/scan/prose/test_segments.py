"""Which leaves are running text, and their words in place."""

import pytest

from detectors.decode import Leaf
from detectors.scan.prose.segments import Prose, flatten, is_prose


@pytest.mark.parametrize(
    "text",
    [
        "Please call me back",
        "Dear Jane,\nthe parcel is late",
        "住所は日の出町です。",
        "<p>Dear <b>Jane</b>,</p>",
        "2026-03-01 12:00:00 ERROR user jroe failed",
    ],
)
def test_prose(text: str) -> None:
    assert is_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Order",
        "Order Completed",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0 Safari/537.36",
        "9f8b2c1d-aaaa-bbbb-cccc-1234567890ab",
        "https://shop.example/path?with=query and more",
        '{"name": "Jane", "age": 3}',
        "12 34 56 78 90",
        "application/json;charset=utf-8",
        "eyJhbGciOi JIUzI1NiJ9",
    ],
)
def test_no_prose(text: str) -> None:
    assert not is_prose(text)


def test_markup_leaves_words_in_their_places() -> None:
    text = "<p>Dear <b>Clarice</b>,<br/>your&nbsp;parcel</p>"
    prose = Prose(Leaf("$.html", ("html",), text))
    assert prose.words == ["Dear", "Clarice", "your", "parcel"]
    assert [text[s:e] for s, e in zip(prose.starts, prose.ends, strict=True)] == prose.words
    assert "\n" in prose.gap(2)
    assert len(flatten(text)) == len(text)


def test_no_repr_of_the_text() -> None:
    assert "Clarice" not in repr(Prose(Leaf("$.html", ("html",), "Dear Clarice, hello")))
