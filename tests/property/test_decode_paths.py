"""No personal data that is used as a key survives in a path that may be stored."""

import json
import string
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from detectors.decode import Budget, decode_request, field_path
from tests.unit.decode.requests import request

names = st.text(string.ascii_letters + "éüñłß", min_size=6, max_size=12)
domains = st.sampled_from(["example.com", "mail.example.org", "bücher.example"])
emails = st.builds("{}{}@{}".format, names, st.sampled_from(["", ".x", "+tag", "_1"]), domains)
spaced = st.builds("{}{}{}".format, names, st.sampled_from([" ", "  ", ". ", " J. "]), names)
digits = st.text(string.digits, min_size=3, max_size=4)
separators = st.sampled_from(["", " ", "-", ".", "/"])
phones = st.builds(
    lambda plus, sep, parts: plus + sep.join(parts),
    st.sampled_from(["", "+", "+49", "(0", "tel:"]),
    separators,
    st.lists(digits, min_size=3, max_size=4),
)
keys = st.one_of(emails, spaced, phones)


def stored(body: bytes | str, headers: dict[str, str] | None = None) -> str:
    event = request(body, url="", headers=headers)  # type: ignore[arg-type]
    return "\n".join(field_path(leaf.path) for leaf in decode_request(event, Budget()).leaves)


def parts(key: str) -> list[str]:
    """The pieces that would give the key away: words of letters, and runs of digits."""
    pieces = "".join(c if c.isalnum() else " " for c in key).split()
    return [piece for piece in pieces if len(piece) > 2 and piece != "tel"]


@given(keys, st.booleans())
def test_no_key_that_is_data_survives_json(key: str, deep: bool) -> None:
    document = {"by_person": {key: {"plan": "pro", "seen": [1]} if deep else "pro"}}
    paths = stored(json.dumps(document))
    assert "by_person" in paths
    assert key not in paths
    assert not [piece for piece in parts(key) if piece in paths.split("by_person")[1]]


@given(keys)
def test_no_key_that_is_data_survives_a_form(key: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    paths = stored(f"a=1&{quote(key)}=2".encode(), form)
    assert key not in paths
    assert not [piece for piece in parts(key) if piece.isdigit() and piece in paths]


@given(st.text())
def test_any_path_can_be_normalised_and_stays_so(path: str) -> None:
    once = field_path(path)
    assert once == field_path(path)
