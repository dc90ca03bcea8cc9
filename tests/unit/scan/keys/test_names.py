"""Recognition by key names: splitting, deciding, and what must not be decided."""

import pytest

from detectors.decode import Leaf
from detectors.scan.keys.names import KeyNames, default_lexicon, split
from detectors.scan.keys.shapes import SHAPES
from detectors.taxonomy import default_taxonomy

KEYS = KeyNames(default_lexicon())


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("billingPostalCode", ("billing", "postal", "code")),
        ("shopperIP", ("shopper", "ip")),
        ("IPAddress", ("ip", "address")),
        ("E-Mail", ("e", "mail")),
        ("x-amz-meta-customer", ("x", "amz", "meta", "customer")),
        ("card[number]", ("card", "number")),
        ("PHONE_NUMBER", ("phone", "number")),
        ("address_line_1", ("address", "line")),
        ("Straße", ("strasse",)),
        ("prénom", ("prenom",)),
        ("$first_name", ("first", "name")),
        ("", ()),
        ("123", ()),
    ],
)
def test_split(key: str, words: tuple[str, ...]) -> None:
    assert split(key) == words


def found(path: str, text: str, *, in_company: bool = False) -> str | None:
    leaf = Leaf(f"body>json:$.{path}", tuple(path.split(".")), text)
    return next((hit.entity for hit in KEYS.find(leaf, in_company=in_company)), None)


@pytest.mark.parametrize(
    ("path", "text", "entity"),
    [
        ("traits.firstName", "Jane", "PERSON"),
        ("LNAME", "Doe", "PERSON"),
        ("customer.name", "Jane Doe", "PERSON"),
        ("shipping[name]", "Jane Doe", "PERSON"),
        ("name.first", "Jane", "PERSON"),
        ("vorname", "Jörg", "PERSON"),
        ("cognome", "Rossi", "PERSON"),
        ("nazwisko", "Wójcik", "PERSON"),
        ("achternaam", "de Vries", "PERSON"),
        ("patient.given", "吉田", "PERSON"),
        ("billingAddress.street", "12 Main Street", "STREET_ADDRESS"),
        ("Straße", "Hauptstr. 5", "STREET_ADDRESS"),
        ("address.line1", "Calle Mayor 3", "STREET_ADDRESS"),
        ("address", "5, avenue Foch", "STREET_ADDRESS"),
        ("shipping.postal_code", "E2K 2NQ", "POSTCODE"),
        ("PLZ", "13060", "POSTCODE"),
        ("dob", "1990-01-31", "DATE_OF_BIRTH"),
        ("Geburtsdatum", "31.01.1990", "DATE_OF_BIRTH"),
        ("birthday", "18 April 1957", "DATE_OF_BIRTH"),
        ("birthday", "03/29", "DATE_OF_BIRTH"),
        ("recipient", "Jane Doe", "PERSON"),
        ("name", "Jane Doe", "PERSON"),
        ("nombre_usuario", "oddny_3", "USERNAME"),
        ("strasseHausnummer", "Hauptstr. 5", "STREET_ADDRESS"),
        ("to", "Laura Bianchi", "PERSON"),
        ("query", "Laura Bianchi", "PERSON"),
        ("meta.usr.name", "Olaf Chlebda", "PERSON"),
        ("vars.first_name", "'Olaf'", "PERSON"),
        ("customers.name", "Olaf Chlebda", "PERSON"),
        ("enduser.id", "neil_1972", "USERNAME"),
        ("user_token", "neil_1972", "USERNAME"),
        ("client_ip", "203.0.113.9", "IP_ADDRESS"),
        ("Birthday.date.start", "1947-08-26", "DATE_OF_BIRTH"),
        ("birthdays.date.year", "1947", "DATE_OF_BIRTH"),
        ("loc.coordinates.L.N", "49.10379", "GEO"),
        ("phone", "07700 900123", "PHONE_NUMBER"),
        ("numeroDeTelefono", "605451390", "PHONE_NUMBER"),
        ("login", "jane_77", "USERNAME"),
        ("geo.lat", "49.10379", "GEO"),
        ("location.lng.N", "-3.45703", "GEO"),
        ("ssn", "521-05-3403", "NATIONAL_ID"),
        ("cpf", "582.390.867-99", "NATIONAL_ID"),
        ("passport.number", "FG1309520", "PASSPORT"),
        ("client_ip", "2001:db8::1", "IP_ADDRESS"),
        ("diagnosis", "type 2 diabetes", "HEALTH"),
        ("password", "correct horse", "SECRET"),
        ("sepa_debit.iban", "DE89 3704 0044 0532 0130 00", "IBAN_CODE"),
        ("email.stringValue", "jane@intranet", "EMAIL_ADDRESS"),
    ],
)
def test_finds(path: str, text: str, entity: str) -> None:
    assert found(path, text) == entity


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("first_name", "{{first_name}}"),
        ("first_name", "null"),
        ("email_count", "3"),
        ("phone", "true"),
        ("phone", "2026-03-01"),
        ("phone_type", "mobile"),
        ("template_name", "Welcome mail"),
        ("file.name", "Jane Doe"),
        ("event_name", "Order Completed"),
        ("product.name", "Paris"),
        ("name", "Sunset Boulevard"),  # nothing says whose
        ("name", "Jordan Brand"),
        ("to", "New York"),
        ("query", "Victoria sofa"),
        ("search", "Emma Street"),
        ("server.address", "app web 1"),
        ("network.peer.address", "10 db host"),
        ("address", "app-web-1"),
        ("email", "no-reply@shop.example"),
        ("client_ip", "10.1.2.3"),
        ("documents.name", "Agreement"),
        ("name.title", "Dr"),
        ("order.date.start", "1990-01-31"),
        ("last_name_id", "17"),
        ("zip", "archive.zip"),
        ("street", "https://example.com/a b"),
        ("address", "203.0.113.9"),
        ("user.ip", "127.0.0.1"),
        ("lat", "5"),
        ("password", "********"),
        ("username", "3f2504e04f8941d39a0c0305e82c3301"),
        ("customer", "17"),
        ("recipient", "marketing"),
        ("passport", "pending"),
        ("iban", "DE89370400440532013001"),
    ],
)
def test_does_not_find(path: str, text: str) -> None:
    assert found(path, text) is None


def test_ambiguous_names_count_in_company_only() -> None:
    assert found("name", "Jane Doe", in_company=True) == "PERSON"
    assert found("device.name", "Jane Doe", in_company=True) is None
    assert found("name", "PHONE", in_company=True) is None
    assert found("customer", "Jane Doe", in_company=True) == "PERSON"
    assert found("customer", "Acme", in_company=True) is None


def test_a_segment_of_an_address_is_not_told_by_the_one_before() -> None:
    settings = Leaf("url.path[2]", ("user",), "settings")
    phone = Leaf("url.path[3]", ("PhoneNumbers", "phone"), "090-2795-9278")
    assert list(KEYS.find(settings, in_company=True)) == []
    assert [hit.entity for hit in KEYS.find(phone, in_company=False)] == ["PHONE_NUMBER"]


def test_what_is_about_something_is_known() -> None:
    assert KEYS.decide(("payment", "created_at")).about
    assert not KEYS.decide(("payment", "card")).about


def test_every_entity_of_the_lexicon_has_a_shape_and_a_category() -> None:
    lexicon = default_lexicon()
    assert lexicon.entities.keys() == SHAPES.keys()
    assert lexicon.entities.keys() <= default_taxonomy().entities.keys()


def test_every_term_is_reachable() -> None:
    """A term has letters that `split` gives, and no digits, which `split` drops: `address1` would
    stand for every key that ends with `address`."""
    lexicon = default_lexicon()
    terms = [
        t
        for e in lexicon.entities.values()
        for t in (*e.ends, *e.whole, *e.owned, *e.full, *e.weak)
    ]
    lists = (lexicon.people, lexicon.things, lexicon.generic, lexicon.tails, lexicon.containers)
    for term in (*terms, *(word for words in lists for word in words)):
        assert split(term), term
        assert not any(map(str.isdigit, term)) or term in {"ipv4", "ipv6"}, term
