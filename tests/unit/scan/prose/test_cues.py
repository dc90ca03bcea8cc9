"""Cues name what stands beside them, in nine languages."""

import pytest

from detectors.scan.prose.cues import default_cues, expand
from detectors.scan.prose.values import VALUES
from tests.unit.scan.prose.reading import read, values


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Jane Roe and I need help", "Jane Roe"),
        ("Mein Name ist Jörg Müller-Lüdenscheidt, ich brauche Hilfe", "Jörg Müller-Lüdenscheidt"),
        ("Bonjour, je m'appelle Zoé de la Tour et je voudrais", "Zoé de la Tour"),
        ("Hola, soy Íñigo Larrañaga, llamo por la factura", "Íñigo Larrañaga"),
        ("Salve, mi chiamo Ottavia Bellandi e scrivo per", "Ottavia Bellandi"),
        ("Olá, sou Iracema Tavares, gostaria de cancelar", "Iracema Tavares"),
        ("Dzień dobry, nazywam się Żaneta Wróbel, proszę o", "Żaneta Wróbel"),
        ("Goedendag, mijn naam is Sjaak van den Berg en ik", "Sjaak van den Berg"),
        ("山田 花子と申します。よろしくお願いします。", "山田 花子"),
        ("お客様 佐藤健 様、ご注文ありがとうございます", "佐藤健"),
        ("Dear Mr Roe,\nyour parcel has left", "Roe"),
        ("Please wait.\n\nKind regards,\nJane Q. Roe", "Jane Q. Roe"),
        ("It never arrived. Thanks, Tobias Ahlers", "Tobias Ahlers"),
        ("First name: Siiri\nPlan: none", "Siiri"),
        ('query was name:"Ansgar Thiel" in the index', "Ansgar Thiel"),
        ("Refund for 小林結衣 (mail sent)", "小林結衣"),
        ("<p>Dear <b>Clarice Nunes</b>,</p><p>your parcel</p>", "Clarice Nunes"),
        ("the ticket of Frau Ahrens was closed", "Ahrens"),
        ("Odile Marchand souffre de migraine chronique", "Odile Marchand"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert values(text, "PERSON") == [name]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("please call me back on (617) 555-0141 today", "PHONE_NUMBER", "(617) 555-0141"),
        ("Rückruf unter 030 23125081 erbeten", "PHONE_NUMBER", "030 23125081"),
        ("she was born on 3 May 1971 in a village", "DATE_OF_BIRTH", "3 May 1971"),
        ("Kundin, geb. am 28.04.1979, bittet um Hilfe", "DATE_OF_BIRTH", "28.04.1979"),
        ("le client est né le 26/05/1992 et demande", "DATE_OF_BIRTH", "26/05/1992"),
        ("生年月日 1988/10/07、確認してください", "DATE_OF_BIRTH", "1988/10/07"),
        ("my passport number is CH12J7228, thanks a lot", "PASSPORT", "CH12J7228"),
        ("her SSN is 526-05-3403 in the old system", "NATIONAL_ID", "526-05-3403"),
        ("con NIF 36256239M pide el abono", "NATIONAL_ID", "36256239M"),
        ("the GPS position 52.5163, 13.3777 was logged", "GEO", "52.5163, 13.3777"),
        ("I am logged in as jroe_77 and see nothing", "USERNAME", "jroe_77"),
        ("password: hunter2! does not work", "SECRET", "hunter2!"),
        ("my zip code is 90210, is that right", "POSTCODE", "90210"),
    ],
)
def test_other_values(text: str, entity: str, value: str) -> None:
    assert values(text, entity) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "The Jordan shoes and the Paris hoodie are back in stock",
        "This is Black Friday at its best, see the deals",
        "Hi Team, the release is out now",
        "Dear Customer, your order has shipped",
        "I am German and I live in Berlin",
        "Customer Success Team wrote the summary",
        "Thanks, Support Team",
        "Name: Production\nStatus: Running",
        "We met in April and in May, on Monday",
        "I work for Harris, Vaughan and Duffy",
        "from Walker Inc to Garcia Group",
        "The title refers to Benjamin Squares street in town",
        "born in 1990 the firm grew to 500 people",
        "call 911 or wait 30 minutes for order 12345",
        '"email": p.email, "username": p.username, "ip": p.ip',
        "password: {{password}} and password: ******",
        "お客様、皆様、ありがとうございます",
        "Chrome 120 on Windows 10 via Chrome 120, version 1.2.3.4",
        "Error: connection to Redis timed out after 30 seconds at Node 5",
        "Hello World, welcome to Python and Django",
        "Meet me at Paris or London on Friday",
    ],
)
def test_what_stays_clean(text: str) -> None:
    assert read(text) == []


def test_every_phrase_is_read() -> None:
    """No phrase is empty, repeated within its cue, or of a shape that nothing reads."""
    for cue in default_cues():
        assert cue.shape in (*VALUES, "name", "street")
        phrases = [phrase for listed in cue.phrases for phrase in expand(listed)]
        assert all(phrase.strip() for phrase in phrases)
        assert all(phrase == phrase.lower() for phrase in phrases)


def test_choices_expand() -> None:
    assert list(expand("né{,e} {le,en}")) == ["né le", "né en", "née le", "née en"]
