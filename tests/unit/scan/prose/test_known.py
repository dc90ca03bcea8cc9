"""Values that a request states in its fields are found in its running text."""

import json

import pytest

from detectors.decode import Budget, decode_request
from detectors.scan import default_scanner
from tests.unit.decode.requests import request

PERSON = {
    "first_name": "Xanthe",
    "last_name": "Quillfeather",
    "phone": "+44 20 7946 0700",
    "street": "Ouse Wharf",
    "username": "xq_1984",
    "date_of_birth": "1984-05-28",
}


def found(text: str) -> list[tuple[str, str]]:
    decoded = decode_request(request(json.dumps({**PERSON, "note": text}), url=""), Budget())
    hits = default_scanner().scan(decoded)
    return [(hit.entity, hit.value) for hit in hits if hit.leaf.path.endswith("note")]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("we told Xanthe about the delay", ("PERSON", "Xanthe")),
        ("the parcel of Xanthe Quillfeather is late", ("PERSON", "Xanthe Quillfeather")),
        ("the parcel of X. Quillfeather is late", ("PERSON", "X. Quillfeather")),
        ("dropped at Ouse Wharf by the courier", ("STREET_ADDRESS", "Ouse Wharf")),
        ("the profile xq_1984 was locked", ("USERNAME", "xq_1984")),
        ("answered from 020 7946 0700 at noon", ("PHONE_NUMBER", "020 7946 0700")),
    ],
)
def test_a_known_value(text: str, hit: tuple[str, str]) -> None:
    assert found(text) == [hit]


@pytest.mark.parametrize(
    "text",
    [
        "the Quillfeathers and Xanthes of this world",
        "dropped at louse wharfage by the courier",
        "the profile xq_19845 was locked",
        "answered after 20 minutes and 700 tries",
    ],
)
def test_part_of_a_word_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("key", ["city", "homeTown", "ville", "address_locality"])
def test_a_town_that_is_called_like_somebody(key: str) -> None:
    body = json.dumps({**PERSON, key: "Quillfeather by the Sea"})
    hits = default_scanner().scan(decode_request(request(body, url=""), Budget()))
    assert [hit.value for hit in hits if hit.leaf.keys[-1] == key and hit.entity == "PERSON"] == []
