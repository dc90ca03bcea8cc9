"""Templates of one's own: what is refused before use, and what a failing one does to an alert."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from alerts.content import Composer, MessageSettings
from alerts.content.templates import VARIABLES
from tests.support.messages import message


def settings(folder: Path, **sources: str) -> MessageSettings:
    files = {name: folder / f"{name}.j2" for name in sources}
    for name, source in sources.items():
        files[name].write_text(source)
    return MessageSettings.model_validate({"templates": files})


def refused(folder: Path, source: str) -> str:
    with pytest.raises(ValidationError) as failure:
        settings(folder, text=source)
    return str(failure.value)


def test_a_template_of_ones_own_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    composer = Composer(settings(tmp_path, title="{{ subprocessor }}: {{ amount }}\n"))
    content = composer.content(message())
    assert composer.title(content, 100) == "stripe: 1,240 values in 310 events"
    assert composer.text(content).startswith("[HIGH] Unusual volume")


def test_an_unknown_variable_is_named_with_the_known_ones(tmp_path: Path) -> None:
    told = refused(tmp_path, "{{ sevrity }}")
    assert "template text: unknown variable sevrity; did you mean severity?" in told
    assert all(name in told for name in VARIABLES)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ title", "line 1: unexpected end of template"),
        ("ok\n{% frob %}", "line 2: Encountered unknown tag 'frob'"),
        ("{{ title | frob }}", "line 1: No filter named 'frob'"),
        ("{{ title.frob }}", "does not render: 'str object' has no attribute 'frob'"),
        ("{{ ''.__class__.__mro__ }}", "does not render"),
        ("{% include '/etc/passwd' %}", "include, import and extends are not available"),
        ("{{ compared[0] }}", "does not render"),
        ("{{ 1 / 0 }}", "does not render: ZeroDivisionError"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "does not render: OverflowError"),
    ],
)
def test_what_cannot_work_is_refused_at_load(tmp_path: Path, source: str, words: str) -> None:
    assert words in refused(tmp_path, source)


def test_a_template_that_fails_on_one_alert_does_not_cost_the_alert(tmp_path: Path) -> None:
    source = "{{ {'stripe': 'ok'}[subprocessor].strip() }}"
    composer = Composer(settings(tmp_path, text=source, title=source))
    assert composer.text(composer.content(message())) == "ok\n"
    other = composer.content(message(subprocessor="mailchimp"))
    assert composer.title(other, 100).startswith("[HIGH] Unusual volume")
    assert "mailchimp" in composer.text(other)


def test_a_title_is_one_short_line_and_never_empty(tmp_path: Path) -> None:
    composer = Composer(settings(tmp_path, title="{{ title }}\n{{ query }}"))
    title = composer.title(composer.content(message()), 30)
    assert len(title) == 30
    assert title.isprintable()
    empty = Composer(settings(tmp_path, title="{# nothing #}"))
    assert empty.title(empty.content(message()), 100) == message().alert.title


def test_a_template_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"templates\.html"):
        MessageSettings.model_validate({"templates": {"html": tmp_path / "none"}})
    (tmp_path / "html.j2").write_bytes(b"\xff")
    with pytest.raises(ValidationError, match="template html cannot be read: UnicodeDecodeError"):
        MessageSettings.model_validate({"templates": {"html": tmp_path / "html.j2"}})
