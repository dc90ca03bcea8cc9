"""Streets and postcodes by their form in several countries' notations."""

import pytest

from tests.unit.scan.prose.reading import read, values


@pytest.mark.parametrize(
    ("text", "street", "postcode"),
    [
        ("sent it to 221B Baker Street, NW1 6XE London today", "221B Baker Street", "NW1 6XE"),
        ("ship to 12 Elm St., Apt 5, Springfield, IL 62704 please", "12 Elm St., Apt 5", "62704"),
        ("I moved to 565 April Common, 87618 Lake Sarah. Bye", "565 April Common", "87618"),
        ("Lieferung an Weißgasse 86/59, 86446 Stadtsteinach", "Weißgasse 86/59", "86446"),
        ("Büro: Berliner Straße 5a, 10115 Berlin", "Berliner Straße 5a", "10115"),
        ("habite 4 bis, rue du Vieux Port, 13002 Marseille", "4 bis, rue du Vieux Port", "13002"),
        ("vivo en Calle de Alcalá 583, 28009 Madrid", "Calle de Alcalá 583", "28009"),
        ("abito in Via Garibaldi 12, 20121 Milano", "Via Garibaldi 12", "20121"),
        ("moro em Rua das Flores, 95, 47269-753 Santos", "Rua das Flores, 95", "47269-753"),
        ("mieszkam przy ul. Długa 7, 00-238 Warszawa", "ul. Długa 7", "00-238"),
        ("woon op Kerkstraat 12, 1017 GC Amsterdam", "Kerkstraat 12", "1017 GC"),
    ],
)
def test_an_address(text: str, street: str, postcode: str) -> None:
    assert values(text, "STREET_ADDRESS") == [street]
    assert values(text, "POSTCODE") == [postcode]


def test_a_japanese_address() -> None:
    text = "住所は227-5456 日の出町白金14丁目3番18号です。"
    assert read(text) == [
        ("POSTCODE", "227-5456"),
        ("STREET_ADDRESS", "日の出町白金14丁目3番18号"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Engineering 5 and Monitoring 12 started in Spring 2024",
        "served via Chrome 120 in place 5 of the queue",
        "Route 66 is long, and the Main Stream 2 is on",
        "She lives in Berlin and works at Acme",
        "moved to version 2.0 on the 4 Core Plan",
        "5 Star Hotel, 3 Day Course, 12 Month Plan",
    ],
)
def test_no_address(text: str) -> None:
    assert [hit for hit in read(text) if hit[0] in ("STREET_ADDRESS", "POSTCODE")] == []
