"""Planted values of a recorded request, and what a fresh person puts in their place."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from deploy.quickstart.people import Person, phone_like

DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%B %d, %Y")


class UnusableError(Exception):
    """A template whose planted values can't all be replaced. The text holds none of them."""


@dataclass(frozen=True, slots=True, repr=False)
class Slot:
    """One distinct planted value: what it is, and which of the template's people it belongs to."""

    category: str
    kind: str
    original: str
    person: int


def slots_of(truth: Sequence[dict[str, Any]]) -> list[Slot]:
    """The distinct planted values, each given to a person.

    The k-th distinct value of a category belongs to the k-th person; a first or last name that
    is part of a full name belongs to whoever has that name.
    """
    values: dict[str, tuple[str, str]] = {}
    for planted in truth:
        values.setdefault(
            planted["value"], (planted["category"], _kind(planted["category"], planted))
        )
    owners: dict[tuple[str, str], list[str]] = {}
    fulls = [value for value, (category, kind) in values.items() if (category, kind) == _FULL]
    slots: list[Slot] = []
    for value, (category, kind) in values.items():
        named = [number for number, full in enumerate(fulls) if kind and value in full.split()]
        identity = _identity(category, value)
        seen = owners.setdefault((category, kind), [])
        if identity not in seen:
            seen.append(identity)
        slots.append(Slot(category, kind, value, named[0] if named else seen.index(identity)))
    return slots


_FULL = ("PERSON", "")


def _kind(category: str, planted: dict[str, Any]) -> str:
    """The value's sub-kind. A name of one Latin word without a kind is a first name."""
    kind = planted.get("kind", "")
    if category == "PERSON" and not kind and planted["value"].isascii():
        return "" if " " in planted["value"] else "first"
    return kind


def _identity(category: str, value: str) -> str:
    """What is equal for two spellings of one value."""
    match category:
        case "DATE_OF_BIRTH":
            return _date(value, date_format(value)).isoformat()
        case "PHONE_NUMBER":
            return re.sub(r"\D", "", value)[-7:]
        case "IBAN" | "CREDIT_CARD" | "NATIONAL_ID":
            return re.sub(r"\W", "", value)
        case _:
            return value


def _date(value: str, style: str) -> date:
    return datetime.strptime(value, style).replace(tzinfo=UTC).date()


def date_format(value: str) -> str:
    """The strptime format in which `value` is written, or UnusableError."""
    for style in DATE_FORMATS:
        try:
            _date(value, style)
        except ValueError:
            continue
        return style
    raise UnusableError("a date of an unknown format")


Write = Callable[[Person, str], str]

_WRITERS: dict[tuple[str, str], Write] = {
    ("PERSON", "first"): lambda person, _: person.first,
    ("PERSON", "last"): lambda person, _: person.last,
    ("PERSON", ""): lambda person, _: f"{person.first} {person.last}",
    ("EMAIL_ADDRESS", ""): lambda person, _: person.email,
    ("USERNAME", ""): lambda person, _: person.username,
    ("PHONE_NUMBER", ""): lambda person, like: phone_like(person.phone, like),
    ("STREET_ADDRESS", ""): lambda person, _: person.street,
    ("POSTCODE", ""): lambda person, _: person.postcode,
    ("DATE_OF_BIRTH", ""): lambda person, like: person.born.strftime(date_format(like)),
    ("IP_ADDRESS", ""): lambda person, like: person.ipv6 if ":" in like else person.ipv4,
    ("IBAN", ""): lambda person, _: person.iban,
    ("CREDIT_CARD", ""): lambda person, _: person.card,
    ("PASSPORT", ""): lambda person, _: person.passport,
    ("HEALTH", ""): lambda person, _: person.health,
    ("GEO", "lat"): lambda person, _: str(person.latitude),
    ("GEO", "lon"): lambda person, _: str(person.longitude),
}


def fresh(slot: Slot, person: Person) -> str:
    """The person's own value for the slot, written as the original is; or UnusableError."""
    if slot.category == "NATIONAL_ID" and slot.kind in person.national_ids:
        return person.national_ids[slot.kind]
    writer = _WRITERS.get((slot.category, slot.kind))
    if writer is None:
        raise UnusableError(f"nothing to put in the place of this {slot.category}")
    return writer(person, slot.original)


def pattern(slots: Sequence[Slot]) -> re.Pattern[str]:
    """Finds every slot's value in a text, the longest first, and only as a whole word."""
    ordered = sorted(slots, key=lambda slot: -len(slot.original))
    return re.compile("|".join(_whole_word(slot.original) for slot in ordered) or r"(?!)")


def _whole_word(value: str) -> str:
    """`value` between characters that can't continue it (`44211` is not found in `5442110`)."""
    before = r"(?<![A-Za-z0-9])" if value[0].isascii() and value[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if value[-1].isascii() and value[-1].isalnum() else ""
    return f"{before}{re.escape(value)}{after}"
