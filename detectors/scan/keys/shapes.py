"""What the value of a key must look like to be what the key says: one check an entity.

A key alone is not enough (`phone: true`, `first_name: {{first}}`); these checks are lenient,
because the key has spoken already. All are linear in the text's length, and long texts fail.
"""

import re
import unicodedata
from collections.abc import Mapping

from detectors.scan.keys.dates import birthday, date
from detectors.scan.keys.places import coordinate, exact_coordinate, ip_address, postcode, street
from detectors.scan.keys.plain import HEX, Shape, has_letter, plausible
from detectors.scan.patterns.emails import is_role
from detectors.scan.patterns.network import is_private

_MARKUP = re.compile(r"[@<>{}\[\]=|\\$%^~#_/]|https?:")
_DIGIT = re.compile(r"\d")
_COMPANY = re.compile(r"\b(?:Inc|LLC|Ltd|GmbH|AG|OHG|KG|SA|SRL|S\.r\.l|SpA|BV|Corp|PLC|Team)\b")


def words(text: str) -> bool:
    """Free text with a letter in it: what is written under `diagnosis`."""
    return len(text) > 2 and plausible(text.strip()[:100]) and has_letter(text)


def something(text: str) -> bool:
    """Anything but a placeholder: what is written under `fingerprint template`."""
    return len(text) > 2 and plausible(text.strip()[:100])


def person_name(text: str) -> bool:
    """A name, or a part of one: a few words of letters, in any script."""
    return (
        plausible(text)
        and len(text) <= 80
        and len(text.split()) <= 6
        and _DIGIT.search(text) is None
        and _MARKUP.search(text) is None
        and _COMPANY.search(text) is None
        and has_letter(text)
    )


def called(text: str) -> bool:
    """A name under `user.name`: one word in lower case is rather a code for something."""
    return person_name(text) and not (text.isascii() and text.islower() and " " not in text.strip())


def introduced_name(text: str) -> bool:
    """A name under a key that may be any thing's: capitalised, but not all in capitals."""
    if not person_name(text):
        return False
    first = text.lstrip()[:1]
    return not first.islower() and (len(text) < 4 or not text.isupper())


def full_name(text: str) -> bool:
    """Two to four capitalised words, or the few signs of a CJK name."""
    if not introduced_name(text):
        return False
    parts = text.split()
    if len(parts) == 1:
        return 2 <= len(text) <= 8 and all(unicodedata.category(c) == "Lo" for c in text)
    return len(parts) <= 4 and parts[0][0].isupper() and parts[-1][0].isupper()


_PHONE = re.compile(r"\+?[\d\s().\-/]{6,24}(?:(?:x|ext\.?) ?\d{1,6})?")


def phone(text: str) -> bool:
    """Seven to fifteen digits with the separators that phone numbers have, and no date."""
    if len(text) > 32 or _PHONE.fullmatch(text.strip()) is None or date(text):
        return False
    return 7 <= sum(map(str.isdigit, text)) <= 18


def email(text: str) -> bool:
    """One `@` between two parts: the key makes up for a top-level domain that does not exist, and
    not for an address that is a function's (`support@`)."""
    local, at, domain = text.strip().partition("@")
    return (
        len(text) <= 254
        and bool(local and at and domain)
        and not _SPACE.search(text.strip())
        and not is_role(local)
    )


_SPACE = re.compile(r"[\s@]+[^@\s]*@|\s")


_USERNAME = re.compile(r"[^\W\d_][\w.+-]{2,39}")


def username(text: str) -> bool:
    """One word with a letter, and no identifier made by a machine."""
    return plausible(text) and _USERNAME.fullmatch(text) is not None and HEX.fullmatch(text) is None


_HANDLE = re.compile(r"(?!.*[._-]{2})[a-z]+(?:[._-][a-z]+){0,2}[._-]?\d{0,4}")
_MACHINES = """
user usr uid id acct account cus cust customer client member guest anon anonymous visitor device
session test tester web app api bot svc service system admin org team tenant contact person lead
profile sub subject ext external internal default node host worker job task player
"""
_MACHINE_WORDS = frozenset(_MACHINES.split())
_VOWELS = re.compile(r"[aeiouy]")
_CONSONANTS = re.compile(r"[^aeiouy._-]{5}")


def handle(text: str) -> bool:
    """A user name that a person has chosen: words that can be spoken, and a few figures at most.
    `user_1234`, `cus_NffrFeUfNV` and hashes are a machine's."""
    if not 4 <= len(text) <= 40 or _HANDLE.fullmatch(text) is None or not plausible(text):
        return False
    letters = text.rstrip("0123456789._-")
    if (
        len(letters) < 4
        or letters in _MACHINE_WORDS
        or re.split("[._-]", text)[0] in _MACHINE_WORDS
    ):
        return False
    return _VOWELS.search(letters) is not None and _CONSONANTS.search(letters) is None


def device_address(text: str) -> bool:
    """An IP address outside private networks, where many devices share each one."""
    return ip_address(text) and not is_private(text.strip())


_ID = re.compile(r"[A-Za-z0-9]+(?:[-. /][A-Za-z0-9]+){0,6}")


def identity_number(text: str) -> bool:
    """Five to twenty letters and digits, mostly digits."""
    if len(text) > 28 or _ID.fullmatch(text.strip()) is None or date(text):
        return False
    signs = sum(map(str.isalnum, text))
    digits = sum(map(str.isdigit, text))
    return 5 <= signs <= 20 and digits * 5 >= signs * 2


_PASSPORT = re.compile(r"(?=[A-Za-z]*\d[A-Za-z]*\d)[A-Za-z0-9]{6,12}")


def passport(text: str) -> bool:
    """Six to twelve letters and digits."""
    return len(text) <= 20 and _PASSPORT.match(text.strip().replace(" ", "")) is not None


_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")


def iban(text: str) -> bool:
    """The right check digits (ISO 7064, mod 97)."""
    compact = text.replace(" ", "").replace("-", "").upper() if len(text) <= 50 else ""
    if _IBAN.fullmatch(compact) is None or not compact.isascii():
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


_CARD = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})$|5[1-5]\d{14}$"
    r"|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$"
    r"|3[47]\d{13}$|3(?:0[0-5]|[689]\d)\d{11,16}$|35(?:2[89]|[3-8]\d)\d{12,15}$"
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}$|(?:50|5[6-9]|6[0378])\d{10,17}$"
)


def card_number(text: str) -> bool:
    """A length and a beginning that an issuer has, and the right check digit (Luhn)."""
    stripped = text.strip()
    if len(stripped) > 24 or _CARD.fullmatch(stripped) is None:
        return False
    digits = re.sub(r"[ -]", "", stripped)
    return _ISSUER.match(digits) is not None and luhn(digits)


def luhn(digits: str) -> bool:
    """The check digit of cards and of several national numbers."""
    doubled = (2 * int(d) for d in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 * (d > 9) for d in doubled)) % 10 == 0


_MASKED = re.compile(r"[*•x.#-]+|\[.*\]|<.*>|\{.*\}", re.IGNORECASE)


def secret(text: str) -> bool:
    """Something to keep, and not what masks it."""
    return 4 <= len(text) <= 128 and plausible(text) and _MASKED.fullmatch(text) is None


SHAPES: Mapping[str, Shape] = {
    "EMAIL_ADDRESS": email,
    "PHONE_NUMBER": phone,
    "PERSON": person_name,
    "USERNAME": username,
    "STREET_ADDRESS": street,
    "POSTCODE": postcode,
    "DATE_OF_BIRTH": birthday,
    "IP_ADDRESS": device_address,
    "GEO": coordinate,
    "NATIONAL_ID": identity_number,
    "PASSPORT": passport,
    "IBAN_CODE": iban,
    "CREDIT_CARD": card_number,
    "HEALTH": words,
    "RELIGION": words,
    "ETHNICITY": words,
    "POLITICAL_OPINION": words,
    "TRADE_UNION": words,
    "SEXUAL_ORIENTATION": words,
    "BIOMETRIC": something,
    "GENETIC": something,
    "SECRET": secret,
}
"""Every entity that keys.yaml speaks of."""

STRICT: Mapping[str, Shape] = {
    "PERSON": full_name,
    "GEO": exact_coordinate,
    "USERNAME": handle,
    "HEALTH": words,
}
"""The shapes of those whose key may well mean another thing."""
