"""Payloads in many styles for the held-out check: people made up by Faker, and hard negatives."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

Keys = tuple[str, str, str, str, str, str, str]
"""Name, e-mail, phone, street, postcode, birth and user name in one language."""

KEYS: dict[str, Keys] = {
    "en_GB": ("full_name", "emailAddr", "MobilePhone", "AddressLine1", "PostCode", "DoB",
              "LoginName"),
    "de_DE": ("vollständigerName", "eMail", "Telefonnummer", "strasseHausnummer", "PLZ", "gebDatum",
              "benutzername"),
    "fr_FR": ("nom_complet", "courriel", "telephone_portable", "adresse_postale", "codePostal",
              "dateNaissance", "nom_utilisateur"),
    "es_ES": ("nombreCompleto", "correo", "telefono_movil", "direccion", "codigo_postal",
              "fechaNacimiento", "nombre_usuario"),
    "it_IT": ("nome_cognome", "posta_elettronica", "cellulare", "indirizzo", "codicePostale",
              "dataNascita", "nomeUtente"),
    "pt_BR": ("NOME_COMPLETO", "endereco_email", "celular", "logradouro", "CEP", "dt_nascimento",
              "nome_usuario"),
    "pl_PL": ("imieINazwisko", "adres_email", "nrTelefonu", "ulica", "kod_pocztowy", "urodzony",
              "nazwa_uzytkownika"),
    "nl_NL": ("volledigeNaam", "e_mailadres", "telefoonnummer", "straatnaam", "postcode",
              "geboortedatum", "gebruikersnaam"),
    "ja_JP": ("氏名", "メールアドレス", "電話番号", "住所", "郵便番号", "生年月日", "ユーザー名"),
}  # fmt: skip
_CATEGORIES = (
    "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS", "POSTCODE", "DATE_OF_BIRTH",
    "USERNAME",
)  # fmt: skip


class Person(NamedTuple):
    """A made-up person, in the order of `Keys`, and what needs no key."""

    fields: tuple[str, ...]
    iban: str
    card: str
    ip: str

    @classmethod
    def made(cls, fake: Any, number: int) -> "Person":
        """One of Faker's; its names are in no list of ours on purpose, or by chance."""
        name = f"{fake.first_name()} {fake.last_name()}"
        return cls(
            (
                name,
                f"{fake.bothify('????##').lower()}@mail.example.org",
                fake.phone_number(),
                fake.street_address().replace("\n", " "),
                fake.postcode(),
                fake.date_of_birth(minimum_age=20, maximum_age=90).isoformat(),
                f"{fake.bothify('????').lower()}ova_{number}",
            ),
            fake.iban(),
            fake.credit_card_number("visa16"),
            fake.ipv4_public(),
        )

    def values(self) -> Iterator[tuple[str, str]]:
        """Category and value of everything."""
        yield from zip(_CATEGORIES, self.fields, strict=True)
        yield from (("IBAN", self.iban), ("CREDIT_CARD", self.card), ("IP_ADDRESS", self.ip))

    def document(self, keys: Keys) -> dict[str, str]:
        """The person under the keys of a language."""
        return {
            **dict(zip(keys, self.fields, strict=True)),
            "iban": self.iban,
            "card_number": self.card,
            "ip": self.ip,
        }

    def __repr__(self) -> str:
        return "<Person>"


def _flat(keys: Keys, person: Person) -> object:
    return person.document(keys)


def _nested(keys: Keys, person: Person) -> object:
    return {"batch": [{"type": "identify", "data": {"attributes": person.document(keys)}}]}


def _pairs(keys: Keys, person: Person) -> object:
    return {"fields": [{"name": k, "value": v} for k, v in person.document(keys).items()]}


def _table(keys: Keys, person: Person) -> object:
    document = person.document(keys)
    return {"columns": [*document], "rows": [[*document.values()]]}


def _headed(keys: Keys, person: Person) -> object:
    document = person.document(keys)
    return {"values": [[*document], [*document.values()]]}


def _form(keys: Keys, person: Person) -> object:
    return urlencode({f"contact[{k}]": v for k, v in person.document(keys).items()})


def _csv(keys: Keys, person: Person) -> object:
    document = person.document(keys)
    quoted = ('"' + value.replace('"', "") + '"' for value in document.values())
    return ";".join(document) + "\n" + ";".join(quoted) + "\n"


def _otlp(keys: Keys, person: Person) -> object:
    attributes = [
        {"key": f"app.customer.{k}", "value": {"stringValue": v}}
        for k, v in person.document(keys).items()
    ]
    return {"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": attributes}]}]}]}


def _store(keys: Keys, person: Person) -> object:
    return {"TableName": "t", "Item": {k: {"S": v} for k, v in person.document(keys).items()}}


def _stringly(keys: Keys, person: Person) -> object:
    return {"payload": json.dumps({"customer": person.document(keys)}), "v": 2}


def _sql(keys: Keys, person: Person) -> object:
    document = person.document(keys)
    literals = ", ".join("'" + value.replace("'", "''") + "'" for value in document.values())
    return {"statement": f"INSERT INTO people ({', '.join(document)}) VALUES ({literals})"}


STYLES: dict[str, Callable[[Keys, Person], object]] = {
    "flat": _flat, "nested": _nested, "pairs": _pairs, "columns and rows": _table,
    "header row": _headed, "form": _form, "csv": _csv, "otlp": _otlp, "typed values": _store,
    "json in a string": _stringly, "sql": _sql,
}  # fmt: skip

HARD_NEGATIVES: tuple[object, ...] = (
    {"sentAt": 1795529235206, "span_id": "4111111111111111", "trace_id": "8453625342625342625"},
    {
        "order_id": "4242424242424242",
        "tracking_number": "1Z999AA10123456784",
        "invoice": "30569309025904",
    },
    {
        "ean": "4006381333931",
        "isbn": "9783161484100",
        "gtin": "00012345600012",
        "sku": "A-1990-01-31",
    },
    {
        "id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "version": "10.0.19045.3448",
        "build": "1.2.3.4",
    },
    {
        "to": "{{user.email}}",
        "first_name": "{{ first_name }}",
        "phone": "%phone%",
        "name": "<name>",
    },
    {"product": {"name": "Jordan", "brand": "Paul Smith"}, "collection": {"title": "Paris"}},
    {"items": [{"name": "Air Jordan"}, {"name": "Victoria Sofa"}, {"name": "Oxford Shirt"}]},
    {"store": {"name": "Charlotte Street"}, "city": "Florence", "region": "Victoria"},
    {"md5": "9e107d9d372bb6826bd81d3542a419d6", "etag": "e4d909c290d0fb1ca068ffaddf22cbd0"},
    {
        "from": "no-reply@shop.example",
        "reply_to": "support@shop.example",
        "cc": ["info@shop.example"],
    },
    {
        "server.address": "app-web-1",
        "peer": {"address": "10.0.0.7:443"},
        "client_ip": "192.168.0.4",
    },
    {"net.host.name": "ip-10-0-0-1.ec2.internal", "host": {"name": "jane-laptop"}},
    {"library": {"name": "analytics-node", "version": "3.1.0"}, "user_id": "user_1234"},
    {"event": "Order Completed", "date": {"start": "1990-01-31"}, "currency": "EUR"},
    {"subject": "Welcome Back", "text": "Hi Team, the nightly build 1795529235206 is done."},
    {"query": "Victoria sofa", "search": "Chelsea boots", "q": "python asyncio"},
    {"level": "error", "message": "user not found in table accounts, retry 3 of 5"},
    {"template": {"name": "Order Confirmation"}, "campaign": {"name": "Black Friday"}},
    {"from": "New York", "to": "Los Angeles", "departure": "2026-05-01"},
    {"model": "gpt-4", "messages": [{"role": "system", "content": "You are a helpful assistant."}]},
    {"values": [["Garden Chair", "2001-04-28", "17"], ["Oak Table", "2002-01-01", "18"]]},
    {"tags": ["env:prod", "service:web-1", "user:admin"], "host": "web-1"},
    {"documents": [{"name": "Agreement"}, {"name": "Non Disclosure"}]},
    {"wallet": {"address": "main vault 7"}, "device": {"name": "Pixel 9"}},
)
