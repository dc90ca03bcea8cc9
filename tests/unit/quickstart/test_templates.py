"""Every usable template: nothing of the recorded people stays, everything new is there."""

import gzip
import json
import zlib
from collections import Counter
from urllib.parse import unquote, unquote_plus

import pytest

from deploy.quickstart.bodies import Compiler
from deploy.quickstart.people import Person
from deploy.quickstart.slots import Slot, UnusableError, date_format, fresh, slots_of
from deploy.quickstart.templates import Catalogue, Request, Template

REMAINING = {
    "airtable": 8,
    "algolia": 10,
    "amplitude": 12,
    "datadog": 15,
    "hubspot": 12,
    "intercom": 23,
    "klaviyo": 11,
    "openai": 31,
    "plaid": 12,
    "segment": 25,
    "sendgrid": 11,
    "sentry": 25,
    "slack": 26,
    "stripe": 24,
    "twilio": 14,
    "zendesk": 13,
}


def plain(request: Request) -> str:
    """URL and body, decompressed."""
    body = request.body
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    elif body[:2] == b"\x78\x9c":
        body = zlib.decompress(body)
    return f"{request.url}\n{body.decode()}"


def decoded(request: Request) -> str:
    """All readings of a request: as sent, percent-decoded, and JSON strings unescaped."""
    text = plain(request)
    readings = [text, unquote_plus(text), unquote(text)]
    for reading in list(readings):
        readings += [value for line in reading.split("\n") for value in strings(line)]
        for pair in reading.partition("\n")[2].split("&"):
            readings += strings(unquote_plus(pair.partition("=")[2]))
    return "\n".join(readings)


def strings(text: str) -> list[str]:
    """The strings in a JSON text, and those in JSON inside of them."""
    try:
        return list(walk(json.loads(text)))
    except ValueError:
        return []


def walk(node: object) -> list[str]:
    match node:
        case dict():
            return [text for pair in node.items() for part in pair for text in walk(part)]
        case list():
            return [text for item in node for text in walk(item)]
        case str():
            return [node, *(strings(node) if node[:1] in "{[" else [])]
        case _:
            return [str(node)]


def usable(catalogue: Catalogue) -> list[Template]:
    return [template for template in catalogue.templates if template.slots]


def test_so_many_templates_remain_a_vendor(catalogue: Catalogue) -> None:
    assert Counter(template.vendor for template in catalogue.templates) == REMAINING


def test_reasons_for_leaving_out_name_no_value(catalogue: Catalogue) -> None:
    reasons = {reason for _, reason in catalogue.left_out}
    assert reasons == {
        "a body that is neither text, gzip nor deflate",
        "a date of an unknown format",
        "a planted value that was not found in the parsed request",
        "nothing to put in the place of this DATE_OF_BIRTH",
        "nothing to put in the place of this NATIONAL_ID",
    }


def test_no_recorded_value_remains(catalogue: Catalogue, people: list[Person]) -> None:
    for template in usable(catalogue):
        new = {fresh(slot, people[slot.person]) for slot in template.slots}
        text = decoded(template.render(people))
        for slot in template.slots:
            if len(slot.original) > 4 and slot.original not in new:
                assert slot.original not in text, f"{template.vendor} {template.call}"


def test_every_new_value_is_there(catalogue: Catalogue, people: list[Person]) -> None:
    for template in usable(catalogue):
        text = decoded(template.render(people))
        for slot in template.slots:
            assert fresh(slot, people[slot.person]) in text, f"{template.vendor} {template.call}"


def test_other_people_give_another_request_and_the_same_ones_the_same(
    catalogue: Catalogue, people: list[Person]
) -> None:
    for template in usable(catalogue):
        assert template.render(people) == template.render(people)
        assert template.render(people) != template.render(people[::-1])


def test_content_length_and_json_are_right(catalogue: Catalogue, people: list[Person]) -> None:
    for template in catalogue.templates:
        request = template.render(people)
        if "content-length" in request.headers:
            assert int(request.headers["content-length"]) == len(request.body)
        if request.headers.get("content-type", "").startswith("application/json") and request.body:
            json.loads(plain(request).split("\n", 1)[1])


def test_values_that_need_escapes_survive_every_format(
    catalogue: Catalogue, people: list[Person]
) -> None:
    awkward = [_with_quotes(person) for person in people]
    for template in usable(catalogue):
        text = decoded(template.render(awkward))
        if any(slot.category == "STREET_ADDRESS" for slot in template.slots):
            assert 'Straße "1" & 2=\\3' in text, f"{template.vendor} {template.call}"


def _with_quotes(person: Person) -> Person:
    values = {name: getattr(person, name) for name in Person.__slots__}
    return Person(**{**values, "street": 'Straße "1" & 2=\\3'})


def test_an_envelope_s_item_header_gives_the_new_length() -> None:
    payload = '{"user":"ann"}'
    text = f'{{"id":"1"}}\n{{"type":"event","length":{len(payload)}}}\n{payload}\n'
    render = Compiler([Slot("PERSON", "first", "ann", 0)]).body(text)
    lines = render({"ann": "Zoë-Lou"}).split("\n")
    assert json.loads(lines[1])["length"] == len(lines[2].encode())


def test_a_value_is_only_replaced_as_a_whole_word() -> None:
    render = Compiler([Slot("POSTCODE", "", "44211", 0)]).body("44211, 5442110, x44211 44211")
    assert render({"44211": "new"}) == "new, 5442110, x44211 new"


def test_names_that_belong_together_get_one_person() -> None:
    truth = [
        {"category": "PERSON", "value": "Ann Lee"},
        {"category": "PERSON", "value": "Bo Ray"},
        {"category": "PERSON", "value": "Ray", "kind": "last"},
        {"category": "DATE_OF_BIRTH", "value": "1990-02-01"},
        {"category": "DATE_OF_BIRTH", "value": "01/02/1990"},
        {"category": "EMAIL_ADDRESS", "value": "a@example.com"},
        {"category": "EMAIL_ADDRESS", "value": "b@example.com"},
    ]
    assert [slot.person for slot in slots_of(truth)] == [0, 1, 1, 0, 0, 0, 1]


@pytest.mark.parametrize("written", ["1990-02-01", "01/02/1990", "1 February 1990"])
def test_dates_keep_their_format(written: str, people: list[Person]) -> None:
    slot = Slot("DATE_OF_BIRTH", "", written, 0)
    assert date_format(fresh(slot, people[0])) == date_format(written)


def test_what_cannot_be_replaced_is_refused_without_its_value(people: list[Person]) -> None:
    with pytest.raises(UnusableError) as refused:
        fresh(Slot("SECRET", "password", "hunter2-hunter2", 0), people[0])
    assert "hunter2" not in str(refused.value)
