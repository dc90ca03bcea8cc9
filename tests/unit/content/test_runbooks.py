"""What to do about each rule, and an organisation's own words for it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from alerts.content import Composer, MessageSettings
from alerts.content.runbooks import built_in
from detectors.rules import RULES
from tests.support.messages import message


def test_every_rule_has_a_runbook() -> None:
    assert set(built_in()) == set(RULES)
    assert all(runbook.text for runbook in built_in().values())


def test_a_file_of_ones_own_replaces_rule_by_rule(tmp_path: Path) -> None:
    file = tmp_path / "runbooks.yaml"
    file.write_text(
        "weak-tls: {url: 'https://wiki.example.com/tls'}\n"
        "pii-in-url: {text: Call the platform team., url: 'https://wiki.example.com/urls'}\n"
    )
    composer = Composer(MessageSettings(runbooks=file))
    tls = composer.content(message(rule="weak-tls"))
    assert tls.runbook_url == "https://wiki.example.com/tls"
    assert tls.to_do == built_in()["weak-tls"].text
    urls = composer.content(message(rule="pii-in-url"))
    assert urls.to_do == "Call the platform team."
    assert ("runbook", "https://wiki.example.com/urls") in urls.facts
    plain = composer.content(message(rule="volume-high"))
    assert plain.to_do == built_in()["volume-high"].text
    assert plain.runbook_url == ""


def test_a_rule_without_a_runbook_keeps_its_own_remedy() -> None:
    assert Composer().content(message(rule="of-tomorrow")).to_do == message().alert.remedy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("weak-tsl: {text: x}", "there is no rule weak-tsl; the rules are category-not-allowed"),
        ("weak-tls: {link: x}", r"runbooks.yaml:1: weak-tls.link: unknown key"),
        ("weak-tls: {url: 'javascript:x'}", "weak-tls.url: is not an address"),
        ("- weak-tls", "a mapping"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "runbooks.yaml"
    file.write_text(text)
    with pytest.raises(ValidationError, match=words):
        MessageSettings(runbooks=file)


def test_the_console_is_an_address() -> None:
    with pytest.raises(ValidationError, match="is not an address such as https"):
        MessageSettings(console_url="egresswatch.example.com")
