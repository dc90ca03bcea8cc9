"""Health and the other special categories: terms count where they are said of a person."""

import pytest

from tests.unit.scan.prose.reading import read, values


@pytest.mark.parametrize(
    ("text", "report"),
    [
        (
            "Patient was diagnosed with epilepsy, prescribed sertraline 50 mg.",
            "diagnosed with epilepsy, prescribed sertraline 50 mg",
        ),
        ("Frau Berger leidet an Epilepsie, nimmt metformin 500 mg. Rückruf", None),
        (
            "Elle souffre de dépression sévère, sous insuline.",
            "souffre de dépression sévère, sous insuline",
        ),
        ("Caio: diagnosticado com diabetes, toma levetiracetam.", None),
        ("佐藤さんは2型糖尿病と診断、metforminを服用中。", None),
        ("she is taking atorvastatin 20 mg since last week", None),
    ],
)
def test_health(text: str, report: str | None) -> None:
    found = values(text, "HEALTH")
    assert len(found) == 1
    assert report is None or found == [report]


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("I am a practising Catholic and need kosher meals", "RELIGION"),
        ("He told us that he is gay, keep it private", "SEXUAL_ORIENTATION"),
        ("Ich bin evangelisch und zahle Kirchensteuer", "RELIGION"),
        ("She has been a trade union member since 2010", "TRADE_UNION"),
        ("Religion: Hindu\nMeal: vegetarian", "RELIGION"),
    ],
)
def test_other_categories(text: str, entity: str) -> None:
    assert len(values(text, entity)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "the health check of the server failed twice",
        "a viral video about the depression in prices",
        "The church is catholic and the food is kosher",
        "Diabetes awareness week starts on the first floor",
        "the operation was cancelled because of an infection of the build",
        "we gave it to his colleague Parkinson",
        "the republican era of Rome was long",
    ],
)
def test_what_stays_clean(text: str) -> None:
    assert read(text) == []
