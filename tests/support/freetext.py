"""Free text by other authors: presidio-evaluator's templates filled with names of nine locales.

The templates are read from the installed package, or from its folder or wheel; none is copied here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import ZipFile

_FILE = "presidio_evaluator/data_generator/raw_data/templates.txt"
_SLOT = re.compile(r"\{\{(\w+)\}\}")
LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "pl_PL", "nl_NL")
_ENTITIES = {
    "address": "STREET_ADDRESS",
    "building_number": "STREET_ADDRESS",
    "street_name": "STREET_ADDRESS",
    "street_address": "STREET_ADDRESS",
    "person": "PERSON",
    "phone_number": "PHONE_NUMBER",
    "postcode": "POSTCODE",
    "zipcode": "POSTCODE",
    "date_of_birth": "DATE_OF_BIRTH",
    "email": "EMAIL_ADDRESS",
    "ssn": "NATIONAL_ID",
    "us_driver_license": "NATIONAL_ID",
    "iban": "IBAN_CODE",
    "credit_card_number": "CREDIT_CARD",
    "ip_address": "IP_ADDRESS",
}


@dataclass(frozen=True)
class Span:
    """A planted value: `text[start:end]`."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True)
class Sample:
    """A text with what is planted in it."""

    text: str
    spans: tuple[Span, ...]
    towns: tuple[tuple[int, int], ...] = ()
    """What follows the street in whole addresses: postcodes there are neither planted nor wrong."""


def templates(wheel: Path | None = None) -> list[str]:
    """The package's templates, from `wheel` or from where it is installed."""
    if wheel is not None:
        with ZipFile(wheel) as archive:
            data = archive.read(_FILE)
    else:
        spec = find_spec("presidio_evaluator")
        if spec is None or spec.origin is None:
            raise SystemExit("pip install --no-deps presidio-evaluator, or name its wheel")
        data = (Path(spec.origin).parent.parent / _FILE).read_bytes()
    lines = data.decode("utf-8", "replace").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line.strip()]


def samples(lines: list[str], each: int = 1) -> Iterator[Sample]:
    """Every template filled `each` times in each locale, the same for the same arguments."""
    from faker import Faker

    for number, locale in enumerate(LOCALES):
        fake = Faker(locale)
        fake.seed_instance(1_000 + number)
        for line in lines:
            for _ in range(each):
                yield _fill(line, fake)


def _fill(line: str, fake: Any) -> Sample:
    out, spans, towns, last = "", list[Span](), list[tuple[int, int]](), 0
    for slot in _SLOT.finditer(line):
        out += line[last : slot.start()]
        value = str(_value(slot.group(1), fake)).strip()
        entity = _entity(slot.group(1))
        if entity == "STREET_ADDRESS":
            street = value.split("\n")[0]
            spans.append(Span(entity, len(out), len(out) + len(street)))
            towns.append((len(out) + len(street), len(out) + len(value)))
        elif entity is not None:
            spans.append(Span(entity, len(out), len(out) + len(value)))
        out += value
        last = slot.end()
    return Sample(out + line[last:], tuple(_joined(out, spans)), tuple(towns))


def _joined(text: str, spans: list[Span]) -> Iterator[Span]:
    """A house number and a street beside each other are one address; so are two names."""
    kept: list[Span] = []
    for span in spans:
        before = kept[-1] if kept else None
        joined = before and before.entity == span.entity and text[before.end : span.start] == " "
        if before and joined and span.entity in ("STREET_ADDRESS", "PERSON"):
            kept[-1] = Span(span.entity, before.start, span.end)
        else:
            kept.append(span)
    yield from kept


def _entity(slot: str) -> str | None:
    if slot in _ENTITIES:
        return _ENTITIES[slot]
    named = slot == "name" or slot.startswith(("name_", "first_name", "last_name"))
    return "PERSON" if named else None


def _value(slot: str, fake: Any) -> object:
    match slot:
        case "person":
            return f"{fake.first_name()} {fake.last_name()}"
        case "name" | "name_male" | "name_female":
            return f"{fake.first_name()} {fake.last_name()}"
        case "address":
            return fake.address()
        case "organization":
            return fake.company()
        case "credit_card_number" | "iban" | "ip_address" | "ssn" | "us_driver_license":
            return _number(slot, fake)
        case "date_of_birth":
            return fake.date_of_birth().strftime("%d/%m/%Y")
        case "date_time":
            return fake.date()
        case "age":
            return fake.random_int(18, 90)
        case "nationality" | "nation_woman" | "nation_plural" | "nation_man":
            return fake.random_element(["American", "German", "French", "Polish", "Dutch"])
        case "zipcode":
            return fake.postcode()
        case _ if slot.startswith("first_name"):
            return fake.first_name()
        case _ if slot.startswith("last_name"):
            return fake.last_name()
        case _:
            return getattr(fake, slot)() if hasattr(fake, slot) else fake.word()


def _number(slot: str, fake: Any) -> object:
    match slot:
        case "credit_card_number":
            return fake.credit_card_number()
        case "iban":
            return fake.iban()
        case "ip_address":
            return fake.ipv4_public()
        case "us_driver_license":
            return fake.bothify("?#######").upper()
        case _:
            return fake.ssn()
