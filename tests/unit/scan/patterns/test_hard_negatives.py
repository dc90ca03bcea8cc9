"""What looks like personal data and is none: no finding at the default threshold, under any key
that does not claim otherwise. A row may have a key path before a tab."""

import pytest

from detectors.scan.family import machine_form
from detectors.scan.patterns.emails import is_role
from tests.contract.test_recognisers import found

CLEAN = [
    # times, spans, orders, products
    "1795529235206",
    "epoch\t1795529701983",
    "t\t1795530029780330090",
    "span_id\t5340882231579917013",
    "trace_id\t140598707473280",
    "4006381333931",
    "sku\t4006381333931",
    "order_id\t4111111111111111",
    "tracking\t1Z999AA10123456784",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "41111111-1111-4111-8111-111111111111",
    "2026-03-01T12:30:11.482Z",
    "2026-03-01 12:30:11",
    "ORD-4111111111111111",
    "x4111111111111111",
    "4111111111111111.5",
    "urn:order:4111-1111-1111-1111-99",
    # hashes
    "f17d8fa61c68d382bf6b75acce8cea58",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "4111111111111111411111111111111141111111",
    # versions and addresses of nobody
    "1.2.3.4.5",
    "version\t1.2.3.4",
    "sdkVersion\t10.4.0.1",
    "released version 1.2.3.4 today",
    "lib/1.2.3.4",
    "numpy==1.26.4.0",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0 Safari/537.36",
    "127.0.0.1",
    "::1",
    "std::vector::push",
    "10.0.0.17",
    "192.168.1.4",
    "12:30:11",
    "de:ad:be:ef:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
    # addresses of functions, templates, packages, repositories
    "support@acme.com",
    "no-reply@acme.com",
    "noreply+8812@acme.com",
    "info@acme.de",
    "{{email}}",
    "${user.email}",
    "user@",
    "git@github.com:org/repo.git",
    "https://cdn.example.com/npm/vue@3.2.1/dist/vue.js",
    "https://key@errors.example.com/1",
    "message_id\t<CAF12345@mail.gmail.com>",
    "lodash@4.17.21",
    # numbers with other meanings
    "129.95",
    "10.000.000",
    "01.02.2026",
    "1234567890",
    "9434765919",
    "219-09-999",
    "+1",
    "a+4930231250",
    "width 1920 1080 height 24 60",
    "0",
    # keys of the sender itself, identifiers
    "api_key\t9f86d081884c7d659a2feaa0c55ad015",
    "token\tq8Zr7LxW2mN4vB6kT9pS1dF3",
    "client_secret_id\t3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "eyJhbGciOiJIUzI1NiJ9",
    "0x52908400098527886e0f7030069857d2e4169ee7",
    "pk_live_51H8xQ2eZvKYlo2C",
]


@pytest.mark.parametrize("row", CLEAN)
def test_stays_clean(row: str) -> None:
    assert [(hit.entity, hit.score) for hit in found(row)] == []


@pytest.mark.parametrize(
    "number",
    ["+4930231250412", "+4930 23125041", "+447911123456", "+33612345678", "+4930231250411115"],
)
def test_a_phone_number_is_no_card(number: str) -> None:
    assert "CREDIT_CARD" not in [hit.entity for hit in found(number)]
    assert "CREDIT_CARD" not in [hit.entity for hit in found(f"call {number} now")]


@pytest.mark.parametrize(
    "local", ["support", "no-reply", "info2", "noreply+88", "sales.emea", "hr"]
)
def test_functions_have_addresses(local: str) -> None:
    assert is_role(f"{local}@acme.com")


@pytest.mark.parametrize("local", ["jane", "supporter", "j.info", "informatik", "hrvoje"])
def test_people_have_other_ones(local: str) -> None:
    assert not is_role(f"{local}@acme.com")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("3F2504E0-4F89-11D3-9A0C-0305E82C3301", "uuid"),
        ("2026-03-01T12:30:11.482+01:00", "time"),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "hash"),
        ("-12.5", "number"),
        ("4111111111111111", None),
        ("10.0.0.1", None),
        ("44051401359", None),
    ],
)
def test_forms_of_machines(text: str, form: str | None) -> None:
    assert machine_form(text) == form


def test_the_nearest_cue_tells_a_passport_from_an_identity_number() -> None:
    hits = found("My SSN is 536-90-4399 and my passport 455669037; please correct both")
    assert [(hit.entity, hit.value) for hit in hits] == [
        ("US_SSN", "536-90-4399"),
        ("PASSPORT", "455669037"),
    ]
