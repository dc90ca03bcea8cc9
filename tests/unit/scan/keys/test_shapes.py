"""Value shapes: each with values that agree with a key, and values that do not."""

import pytest

from detectors.scan.keys import shapes


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("4111111111111111", True),
        ("5105-1051-0510-5100", True),
        ("2266867484417222", True),
        ("349558487404177", True),
        ("30569309025904", True),
        ("4111111111111112", False),  # check digit
        ("411111111111111", False),  # length of no issuer
        ("9111111111111111", False),  # beginning of no issuer
        ("1795529235206", False),
        ("٤١١١١١١١١١١١١١١١", False),
    ],
)
def test_card_number(number: str, valid: bool) -> None:
    assert shapes.card_number(number) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [("DE89370400440532013000", True), ("gb29 nwbk 6016 1331 9268 19", True), ("DE00", False)],
)
def test_iban(text: str, valid: bool) -> None:
    assert shapes.iban(text) is valid


@pytest.mark.parametrize("text", ["1962/06/21", "28.04.1979", "09 March 1960", "2001年4月3日"])
def test_date(text: str) -> None:
    assert shapes.date(text)


@pytest.mark.parametrize("text", ["1795529235", "12", "March", "3.14.15.92", "2026"])
def test_no_date(text: str) -> None:
    assert not shapes.date(text)


@pytest.mark.parametrize("text", ["44211", "04319-242", "E99 8ER", "44-559", "227-5456", "1012 AB"])
def test_postcode(text: str) -> None:
    assert shapes.postcode(text)


def test_a_name_is_words_of_letters_in_any_script() -> None:
    assert shapes.person_name("Melchor Iñiguez")
    assert shapes.person_name("橋本さゆり")
    assert not shapes.person_name("Bähr AG")
    assert not shapes.person_name("POST /account")
    assert not shapes.person_name("Anna 2")


def test_coordinates() -> None:
    assert shapes.coordinate("49.10379")
    assert shapes.coordinate("49.10379, -3.45")
    assert not shapes.coordinate("49")
    assert not shapes.coordinate("999.12")


@pytest.mark.parametrize("name", shapes.SHAPES)
@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "a" * 100_000, "1" * 100_000, " -" * 50_000, "²"]
)
def test_no_shape_raises_or_takes_a_blank_for_a_value(name: str, text: str) -> None:
    agrees = shapes.SHAPES[name](text)
    assert agrees in (True, False)
    if not text.strip():
        assert not agrees
