import phonenumbers
import pytest

from deploy.quickstart.people import NATIONAL_IDS, Person, phone_like, pool


def luhn_ok(digits: str) -> bool:
    doubled = [int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(digits))]
    return sum(sum(divmod(d, 10)) for d in doubled) % 10 == 0


def iban_ok(iban: str) -> bool:
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def fields(person: Person) -> list[object]:
    return [getattr(person, name) for name in Person.__slots__]


def test_a_seed_gives_the_same_people_and_another_one_others() -> None:
    first, second = pool(40, 1), pool(40, 1)
    assert [fields(one) for one in first] == [fields(one) for one in second]
    assert {one.email for one in first}.isdisjoint(one.iban for one in pool(40, 2))
    assert {one.iban for one in first}.isdisjoint(one.iban for one in pool(40, 2))


def test_people_are_distinct_and_their_numbers_hold_their_check_digits(
    people: list[Person],
) -> None:
    for name in ("email", "username", "iban", "card", "passport"):
        assert len({getattr(one, name) for one in people}) == len(people)
    assert all(luhn_ok(one.card) and len(one.card) == 16 for one in people)
    assert all(iban_ok(one.iban) for one in people)
    assert all(phonenumbers.is_valid_number(one.phone) for one in people)
    assert all(one.national_ids.keys() == NATIONAL_IDS.keys() for one in people)


def test_mail_addresses_can_belong_to_nobody(people: list[Person]) -> None:
    assert {one.email.split("@")[1] for one in people} == {
        "example.com",
        "example.net",
        "example.org",
    }


def test_a_person_shows_nothing_in_a_repr(people: list[Person]) -> None:
    assert people[0].email not in repr(people[0])


@pytest.mark.parametrize(
    ("example", "written"),
    [
        ("+4915112345678", "+4915123456789"),
        ("+49 151 12345678", "+49 1512 3456789"),
        ("0151 12345678", "01512 3456789"),
    ],
)
def test_a_phone_number_is_written_as_the_example_is(example: str, written: str) -> None:
    phone = phonenumbers.PhoneNumber(country_code=49, national_number=15123456789)
    assert phone_like(phone, example) == written
