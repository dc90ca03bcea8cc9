"""Made-up people, the same for a seed, each with one consistent set of personal data."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from ipaddress import IPv6Address
from typing import Any

import phonenumbers
from faker import Faker
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# The locale's region, and a point somewhere in the middle of the country.
LOCALES: dict[str, tuple[str, float, float]] = {
    "en_US": ("US", 40.7, -74.0),
    "en_GB": ("GB", 52.5, -1.2),
    "de_DE": ("DE", 51.2, 10.4),
    "fr_FR": ("FR", 46.6, 2.4),
    "es_ES": ("ES", 40.4, -3.7),
    "it_IT": ("IT", 43.8, 11.2),
    "pl_PL": ("PL", 52.1, 19.4),
    "pt_BR": ("BR", -22.1, -46.6),
}

# Which Faker makes which national identifier; a template that needs another one is left out.
NATIONAL_IDS: dict[str, tuple[str, str]] = {
    "US_SSN": ("en_US", "ssn"),
    "UK_NINO": ("en_GB", "ssn"),
    "ES_NIF": ("es_ES", "nif"),
    "FR_NIR": ("fr_FR", "ssn"),
    "IT_CF": ("it_IT", "ssn"),
    "PL_PESEL": ("pl_PL", "pesel"),
    "BR_CPF": ("pt_BR", "cpf"),
}

CONDITIONS = ("type 2 diabetes", "epilepsy", "asthma", "depression", "hypertension", "migraine")
MEDICINES = ("insulin glargine", "salbutamol", "lithium carbonate", "ramipril", "tamoxifen")


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """One subject. Made up, yet without a readable repr, like everything that holds such data."""

    first: str
    last: str
    email: str
    username: str
    phone: phonenumbers.PhoneNumber
    street: str
    postcode: str
    born: date
    ipv4: str
    ipv6: str
    iban: str
    card: str
    passport: str
    health: str
    latitude: float
    longitude: float
    national_ids: dict[str, str] = field(default_factory=dict[str, str])


def pool(size: int, seed: int) -> list[Person]:
    """`size` people, the same for the same seed."""
    rng = random.Random(seed)
    fakers = {locale: _faker(locale, seed + number) for number, locale in enumerate(LOCALES)}
    locales = list(LOCALES)
    return [_person(rng, fakers, locales[number % len(locales)], number) for number in range(size)]


def _faker(locale: str, seed: int) -> Faker:
    faker = Faker(locale)
    faker.seed_instance(seed)
    return faker


def _person(rng: random.Random, fakers: dict[str, Faker], locale: str, number: int) -> Person:
    faker = fakers[locale]
    region, latitude, longitude = LOCALES[locale]
    first, last = faker.first_name(), faker.last_name()
    username = f"{_ascii(first)}.{_ascii(last)}{number}"
    return Person(
        first=first,
        last=last,
        email=f"{username}@{rng.choice(('example.com', 'example.net', 'example.org'))}",
        username=f"{_ascii(first)}_{number}",
        phone=_phone(rng, region),
        street=faker.street_address().replace("\n", " "),
        postcode=faker.postcode(),
        born=date(1944, 1, 1) + timedelta(days=rng.randrange(62 * 365)),
        ipv4=faker.ipv4_public(),
        ipv6=str(IPv6Address((0x20010DB8 << 96) + rng.getrandbits(64))),
        iban=faker.iban(),
        card=_luhn(f"4{rng.randrange(10**14):014}"),
        passport=f"{rng.choice('CFGHJKLMNP')}{rng.choice('CFGHJKLMNP')}{rng.randrange(10**7):07}",
        health=f"diagnosed with {rng.choice(CONDITIONS)}, takes {rng.choice(MEDICINES)}",
        latitude=round(latitude + rng.uniform(-0.9, 0.9), 5),
        longitude=round(longitude + rng.uniform(-0.9, 0.9), 5),
        national_ids={kind: _national_id(fakers, kind) for kind in NATIONAL_IDS},
    )


def _national_id(fakers: dict[str, Faker], kind: str) -> str:
    locale, method = NATIONAL_IDS[kind]
    make: Callable[[], Any] = getattr(fakers[locale], method)
    return str(make())


def _ascii(name: str) -> str:
    """The name as it would stand in an address: lower case, only a-z."""
    return "".join(letter for letter in name.lower() if "a" <= letter <= "z") or "x"


def _phone(rng: random.Random, region: str) -> phonenumbers.PhoneNumber:
    """A valid mobile number of the region: an example with its last six digits drawn anew."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None or example.national_number is None:
        raise LookupError(f"no example of a mobile number in {region}")
    for _ in range(20):
        drawn = phonenumbers.PhoneNumber(
            country_code=example.country_code,
            national_number=example.national_number // 10**6 * 10**6 + rng.randrange(10**6),
        )
        if phonenumbers.is_valid_number(drawn):
            return drawn
    return example


def phone_like(phone: phonenumbers.PhoneNumber, example: str) -> str:
    """The number written as `example` is: compact, international or national."""
    if example.startswith("+") and example[1:].isdigit():
        return phonenumbers.format_number(phone, PhoneNumberFormat.E164)
    if example.startswith("+"):
        return phonenumbers.format_number(phone, PhoneNumberFormat.INTERNATIONAL)
    return phonenumbers.format_number(phone, PhoneNumberFormat.NATIONAL)


def _luhn(payload: str) -> str:
    """The payload with its Luhn check digit behind it."""
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in payload[::-2])
    plain = (int(digit) for digit in payload[-2::-2])
    return f"{payload}{-(sum(doubled) + sum(plain)) % 10}"
