"""What the whole request tells of a field that says nothing: its row, its echo, its wrappers."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from detectors.decode import Budget, decode_request
from detectors.records.events import Body, EgressEvent, Http, Request
from detectors.scan import default_scanner


def scan(payload: Any) -> set[tuple[str, str]]:
    content = msgspec.json.encode(payload).decode()
    request = Request(body=Body(content=content, encoding="utf-8"))
    event = EgressEvent(timestamp=datetime(2026, 3, 2, tzinfo=UTC), http=Http(request=request))
    hits = default_scanner().scan(decode_request(event, Budget()))
    return {(hit.entity, hit.value) for hit in hits if hit.score >= 0.5}


JANE = ["Zelmira Quandt", "zelmira@example.org", "+493023125166", "28.04.1979"]


def test_a_row_without_headers() -> None:
    found = scan({"values": [JANE, ["Oddny Vik", "vik@example.org", "+4721555666", "2031-04-28"]]})
    assert ("PERSON", "Zelmira Quandt") in found
    assert ("PERSON", "Oddny Vik") in found
    assert ("DATE_OF_BIRTH", "28.04.1979") in found
    assert ("DATE_OF_BIRTH", "2031-04-28") not in found  # still to come


def test_a_row_of_things() -> None:
    assert (
        scan({"values": [["Garden Chair", "2001-04-28", "17"], ["Oak Table", "x", "18"]]}) == set()
    )


def test_parameters_of_a_message() -> None:
    found = scan(
        {"message": "user neil_1972 from 203.0.113.9 failed", "params": ["neil_1972", "7"]}
    )
    assert ("USERNAME", "neil_1972") in found


def test_an_id_that_is_made_of_a_name() -> None:
    assert ("USERNAME", "anniba_6946") in scan(
        [{"_id": "anniba_6946"}, {"first_name": "Annibale", "email": "a@example.org"}]
    )
    assert not [
        value
        for entity, value in scan([{"_id": "order_6946"}, {"first_name": "Annibale"}])
        if entity == "USERNAME"
    ]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"tabs": [{"tabLabel": "dob", "value": "01/06/1992"}]}, ("DATE_OF_BIRTH", "01/06/1992")),
        (
            {"vars": [{"name": "STREET", "content": "Recanto Azevedo, 22"}]},
            ("STREET_ADDRESS", "Recanto Azevedo, 22"),
        ),
        (
            {"birthdays": [{"date": {"year": 2001, "month": 4, "day": 21}}]},
            ("DATE_OF_BIRTH", "2001-04-21"),
        ),
        (
            {"Name": {"title": [{"text": {"content": "Laura Bianchi"}}]}, "email": "l@example.org"},
            ("PERSON", "Laura Bianchi"),
        ),
        ({"ship_to": "Laura Bianchi, Via Roma 35, 34143 Trieste"}, ("PERSON", "Laura Bianchi")),
        ({"subject": "Bonjour Laura"}, ("PERSON", "Laura")),
        ({"text": "Hi Zelmira, your order is on its way"}, ("PERSON", "Zelmira")),
    ],
)
def test_finds(payload: Any, expected: tuple[str, str]) -> None:
    assert expected in scan(payload)


@pytest.mark.parametrize(
    "payload",
    [
        {"subject": "Hello World"},
        {"key": "app.customer.氏名"},
        {"values": [["nombre", "código postal"], ["x", "y"]]},
        {"subject": "Welcome Back"},
        {"text": "Hi Team, the build is done"},
        {"From": "+15005550006", "Body": "Your code is 1234"},
        {"attributes": {"server.address": {"string": "app-web-1"}}},
        {"from_email": "orders@shop.example.com", "client_ip": "10.0.0.7"},
    ],
)
def test_does_not_find(payload: Any) -> None:
    assert scan(payload) == set()


def test_headers_are_nobodys() -> None:
    found = scan({"values": [["vorname", "email"], ["Zelmira", "z77@example.org"]]})
    assert found == {("PERSON", "Zelmira"), ("EMAIL_ADDRESS", "z77@example.org")}
