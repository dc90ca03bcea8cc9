"""Company: whose object a value belongs to, near and far."""

import pytest

from detectors.decode import Decoded, Leaf
from detectors.scan.keys.names import KeyNames, default_lexicon
from detectors.scan.keys.reader import KeyReader

READER = KeyReader(KeyNames(default_lexicon()))


def read(*leaves: tuple[str, str]) -> list[tuple[str, str]]:
    made = [
        Leaf(f"body>json:$.{path}", tuple(p for p in path.split(".") if p), text)
        for path, text in leaves
    ]
    return [(hit.value, hit.entity) for hit in READER.read(Decoded(leaves=made), ())]


def test_split_dates_of_birth() -> None:
    assert read(("x.dob.day", "3"), ("x.dob.month", "March"), ("x.dob.year", "1971")) == [
        ("3 March 1971", "DATE_OF_BIRTH"),
    ]
    assert read(("b.day", "x"), ("x.dob_y", "1971"), ("x.dob_m", "3"), ("x.dob_d", "9")) == [
        ("1971-03-09", "DATE_OF_BIRTH")
    ]
    assert read(("x.expiry.day", "3"), ("x.expiry.year", "1971")) == []
    assert read(("birth_year", "1971"), ("yearOfBirth", "1971")) == [
        ("1971", "DATE_OF_BIRTH"),
        ("1971", "DATE_OF_BIRTH"),
    ]


def test_a_wrapped_value_has_the_company_of_its_key() -> None:
    found = read(("x.name.stringValue", "Jane Doe"), ("x.dob.stringValue", "1971-03-03"))
    assert ("Jane Doe", "PERSON") in found


def test_an_address_is_company_for_a_full_name_only() -> None:
    street = ("x.address.street", "12 Main Street")
    assert ("Jane Doe", "PERSON") in read(("x.name", "Jane Doe"), street)
    assert read(("x.name", "Acme"), street) == [("12 Main Street", "STREET_ADDRESS")]


@pytest.mark.parametrize("key", ["氏名", "顧客氏名", "shimei", "お名前", "姓"])
def test_japanese_keys(key: str) -> None:
    assert read((key, "橋本さゆり")) == [("橋本さゆり", "PERSON")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("product.display_name", "Jordan"),
        ("product.full_name", "Paris Hilton"),
        ("company.tax_id", "123456789"),
        ("user_id", "user_1234"),
        ("user_id", "cus_NffrFeUfNV2Hib"),
        ("email_address1_type", "home"),
        ("birthday_discount", "10"),
        ("anything.position", "12.55"),
        ("customer.name", "premium"),
        ("item.condition", "New"),
        ("client_name", "Example"),
        ("carrier.nickname", "Parcel account"),
    ],
)
def test_things_stay_clean(path: str, text: str) -> None:
    assert read((path, text)) == []


@pytest.mark.parametrize(
    ("path", "text", "entity"),
    [
        ("user_id", "anniba_6946", "USERNAME"),
        ("birth_date", "-86400000", "DATE_OF_BIRTH"),
        ("dob", "昭和55年3月2日", "DATE_OF_BIRTH"),
        ("dob", "31 de enero de 1990", "DATE_OF_BIRTH"),
        ("person.religion", "Catholic", "RELIGION"),
        ("blood_type_txt", "AB negative", "HEALTH"),
        ("Passport_No__c", "C93XG579C", "PASSPORT"),
        ("emails.value", "jane@intranet", "EMAIL_ADDRESS"),
        ("customeremail", "jane@intranet", "EMAIL_ADDRESS"),
        ("fn", "Jane", "PERSON"),
        ("place.gps_coordinates", "49.1037, -3.4570", "GEO"),
        ("郵便番号", "〒150-0043", "POSTCODE"),
    ],
)
def test_keys_of_many_kinds(path: str, text: str, entity: str) -> None:
    assert read((path, text)) == [(text, entity)]
