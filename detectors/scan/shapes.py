"""What the value of a key must look like to be what the key says: one check an entity.

A key alone is not enough (`phone: true`, `first_name: {{first}}`); these checks are lenient,
because the key has spoken already. All are linear in the text's length, and long texts fail.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping

Shape = Callable[[str], bool]

_LONGEST = 200
_NO_VALUES = """
- n/a na nil none null undefined unknown true false yes no default anonymous test guest admin root
system string redacted filtered [filtered] [redacted] other all any self me user email
"""
_PLACEHOLDERS = frozenset(["", *_NO_VALUES.split()])
_MARKUP = re.compile(r"[@<>{}\[\]=|\\$%^~#_/]|https?:")
_DIGIT = re.compile(r"\d")
_HEX = re.compile(r"[0-9a-fA-F-]{16,}")
_COMPANY = re.compile(r"\b(?:Inc|LLC|Ltd|GmbH|AG|OHG|KG|SA|SRL|S\.r\.l|SpA|BV|Corp|PLC|Team)\b")


def plausible(text: str) -> bool:
    """Neither empty, nor long, nor one of the words that stand for no value."""
    return 0 < len(text) <= _LONGEST and text.strip().lower() not in _PLACEHOLDERS


def words(text: str) -> bool:
    """Free text with a letter in it: what is written under `diagnosis`."""
    return len(text) > 2 and text.strip().lower() not in _PLACEHOLDERS and _has_letter(text)


def person_name(text: str) -> bool:
    """A name, or a part of one: a few words of letters, in any script."""
    return (
        plausible(text)
        and len(text) <= 80
        and len(text.split()) <= 6
        and _DIGIT.search(text) is None
        and _MARKUP.search(text) is None
        and _COMPANY.search(text) is None
        and _has_letter(text)
    )


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


def street(text: str) -> bool:
    """Letters with a number, or several words."""
    return (
        plausible(text)
        and len(text) > 3
        and _STREET_MARKUP.search(text) is None
        and _has_letter(text)
        and (_DIGIT.search(text) is not None or " " in text.strip())
        and not ip_address(text)
        and _HEX.fullmatch(text) is None
    )


_STREET_MARKUP = re.compile(r"[@<>{}\[\]=|\\$^~_]|https?:")


_POSTCODE = re.compile(
    r"\d{4,6}|\d{5}-\d{3,4}|\d{2}-\d{3}|\d{3}-\d{4}|\d{3} \d{2}|\d{8}"
    r"|\d{4} ?[A-Za-z]{2}|[A-Za-z]{1,2}-?\d{4,5}"
    r"|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}"
)


def postcode(text: str) -> bool:
    """The postcodes of the countries most met."""
    return len(text) <= 12 and _POSTCODE.fullmatch(text.strip()) is not None


_YEAR = r"(?:19\d\d|20[0-3]\d)"
_MONTH = r"[^\W\d]{3,12}\.?"
_DATE = re.compile(
    rf"{_YEAR}[-/. ]\d{{1,2}}[-/. ]\d{{1,2}}(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?"
    rf"|\d{{1,2}}[-/. ]\d{{1,2}}[-/. ](?:{_YEAR}|\d\d)"
    rf"|{_YEAR}[01]\d[0-3]\d|\d{{1,2}}\.? (?:de )?{_MONTH},? (?:de )?{_YEAR}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}|{_YEAR}年\d{{1,2}}月\d{{1,2}}日"
)


def date(text: str) -> bool:
    """A day, in figures or with the month's name."""
    return len(text) <= 40 and _DATE.fullmatch(text.strip()) is not None


_DAY_AND_MONTH = re.compile(r"\d{1,2}[-/.]\d{1,2}\.?")


def birthday(text: str) -> bool:
    """A day; the year may be missing."""
    return date(text) or (len(text) <= 6 and _DAY_AND_MONTH.fullmatch(text) is not None)


_PHONE = re.compile(r"\+?[\d\s().\-/]{6,24}(?:(?:x|ext\.?) ?\d{1,6})?")


def phone(text: str) -> bool:
    """Seven to fifteen digits with the separators that phone numbers have, and no date."""
    if len(text) > 32 or _PHONE.fullmatch(text.strip()) is None or date(text):
        return False
    return 7 <= sum(map(str.isdigit, text)) <= 18


def email(text: str) -> bool:
    """One `@` between two parts: the key makes up for a top-level domain that does not exist."""
    local, at, domain = text.strip().partition("@")
    return len(text) <= 254 and bool(local and at and domain) and not _SPACE.search(text.strip())


_SPACE = re.compile(r"[\s@]+[^@\s]*@|\s")


def ip_address(text: str) -> bool:
    """An address that can be somebody's: not this host, not "any"."""
    try:
        address = ipaddress.ip_address(text.strip()) if len(text) <= 45 else None
    except ValueError:
        return False
    return address is not None and not (address.is_loopback or address.is_unspecified)


_GEO = re.compile(r"-?\d{1,3}\.\d{2,}(?:\s*[,;]\s*-?\d{1,3}\.\d{2,})?")


def coordinate(text: str) -> bool:
    """A latitude, a longitude or both, precise to a kilometre or better."""
    if len(text) > 48 or _GEO.fullmatch(text.strip()) is None:
        return False
    return all(abs(float(part)) <= 180 for part in re.split(r"[,;]", text))


_USERNAME = re.compile(r"[^\W\d_][\w.+-]{2,39}")


def username(text: str) -> bool:
    """One word with a letter, and no identifier made by a machine."""
    return (
        plausible(text) and _USERNAME.fullmatch(text) is not None and _HEX.fullmatch(text) is None
    )


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


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


SHAPES: Mapping[str, Shape] = {
    "EMAIL_ADDRESS": email,
    "PHONE_NUMBER": phone,
    "PERSON": person_name,
    "USERNAME": username,
    "STREET_ADDRESS": street,
    "POSTCODE": postcode,
    "DATE_OF_BIRTH": birthday,
    "IP_ADDRESS": ip_address,
    "GEO": coordinate,
    "NATIONAL_ID": identity_number,
    "PASSPORT": passport,
    "IBAN_CODE": iban,
    "CREDIT_CARD": card_number,
    "HEALTH": words,
    "SECRET": secret,
}
"""Every entity that keys.yaml speaks of."""
