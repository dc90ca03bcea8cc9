"""Where the pseudonym key comes from, and what a configuration must not be."""

import stat
from pathlib import Path

import pytest

from detectors.decode.base import Budget
from detectors.scan.prose.ner import NerReader
from detectors.yamlfile import ConfigError
from monitor.configuration import load_configuration
from monitor.keys import load_pseudonymiser
from monitor.settings import Environment, Settings, load_settings
from tests.support.workspace import Workspace


def settings(space: Workspace, **changes: object) -> Settings:
    space.configure(**changes)
    return load_settings(space.config)


def environment(**given: object) -> Environment:
    return Environment.model_validate(given)


def test_a_missing_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    (tmp_path / "pseudonym.key").unlink()
    made = load_pseudonymiser(settings(space), environment())

    key = tmp_path / "pseudonym.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(bytes.fromhex(key.read_text().strip())) == 32
    again = load_pseudonymiser(settings(space), environment())
    assert again.key_id == made.key_id
    assert again.of("user.name", "x") == made.of("user.name", "x")


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    other = tmp_path / "other.key"
    other.write_text("7b" * 32)
    mine = load_pseudonymiser(settings(space), environment())
    by_value = load_pseudonymiser(settings(space), environment(pseudonym_key="6c" * 32))
    by_file = load_pseudonymiser(settings(space), environment(pseudonym_key_file=other))
    assert len({mine.key_id, by_value.key_id, by_file.key_id}) == 3


@pytest.mark.parametrize("text", ["", "s3cret", "5a5a", "zz" * 32])
def test_a_key_that_is_none_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    space = Workspace(tmp_path)
    (tmp_path / "pseudonym.key").write_text(text)
    with pytest.raises(ConfigError, match="64 hexadecimal digits") as caught:
        load_pseudonymiser(settings(space), environment())
    assert not text or text not in str(caught.value)


def test_without_any_key_the_remedy_is_told(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    with pytest.raises(ConfigError, match="openssl rand -hex 32"):
        load_pseudonymiser(settings(space, pseudonym_key_file=None), environment())


def test_two_inputs_of_one_name_would_share_their_positions(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    twice = [{"type": "files", "paths": ["a"]}, {"type": "files", "paths": ["b"]}]
    with pytest.raises(ConfigError, match="inputs: each name once, but twice there is files"):
        settings(space, inputs=twice)
    named = settings(space, inputs=[twice[0], {**twice[1], "name": "more"}])
    assert [one.name for one in named.inputs] == ["files", "more"]


def test_a_sub_processor_of_the_policy_must_be_registered(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure()
    (tmp_path / "policy.yaml").write_text("subprocessors:\n  strype: {allowed: [user.contact]}\n")
    with pytest.raises(ConfigError, match=r"yaml:2: subprocessors.strype: is not in the register"):
        load_configuration(space.config)


@pytest.mark.parametrize(
    ("fallbacks", "words"),
    [
        ({"a": "c"}, "the fallback of a is not one of the sinks"),
        ({"a": "a"}, "fallbacks go in a circle: a -> a"),
        ({"a": "b", "b": "a"}, "fallbacks go in a circle: a -> b -> a"),
    ],
)
def test_a_fallback_is_another_sink(tmp_path: Path, fallbacks: dict[str, str], words: str) -> None:
    sinks = [
        {"type": "stdout", "name": name, "fallback": fallbacks.get(name)} for name in ("a", "b")
    ]
    with pytest.raises(ConfigError, match=words):
        settings(Workspace(tmp_path), sinks=sinks)


def test_fallbacks_may_have_fallbacks(tmp_path: Path) -> None:
    sinks = [
        {"type": "stdout", "name": name, "fallback": following}
        for name, following in (("a", "b"), ("b", "c"), ("c", None))
    ]
    assert settings(Workspace(tmp_path), sinks=sinks).fallbacks == {"a": "b", "b": "c"}


def test_a_wrong_template_is_told_with_the_file_and_the_key(tmp_path: Path) -> None:
    (tmp_path / "title.j2").write_text("{{ tittle }}")
    with pytest.raises(ConfigError, match=r"egresswatch\.yaml:\d+: messages: template title: unk"):
        settings(Workspace(tmp_path), messages={"templates": {"title": "title.j2"}})


WRONG_TUNING = """\
thresholds:
  subprocessors:
    strype: {default: 0.5}
allow:
  - {id: one, owner: me, reason: r, expires: 2030-01-01, paths: ['*'], subprocessors: [hubspott]}
"""


def problems(space: Workspace) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_configuration(space.config)
    return [f"{Path(p.file).name}:{p.line} {p.key}" for p in caught.value.problems]


def test_problems_of_the_tuning_file_are_told_with_all_others(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(detection={"tuning": "tuning.yaml", "ner": "perhaps"})
    (tmp_path / "policy.yaml").write_text("subprocessors:\n  strype: {allowed: [user.contact]}\n")
    (tmp_path / "tuning.yaml").write_text(WRONG_TUNING)
    assert problems(space) == [
        "egresswatch.yaml:1 detection.ner",
        "policy.yaml:2 subprocessors.strype",
        "tuning.yaml:3 thresholds.subprocessors.strype",
        "tuning.yaml:5 allow.0.subprocessors.0",
    ]
    (tmp_path / "tuning.yaml").write_text("threshold: {}")
    assert "tuning.yaml:1 threshold" in problems(space)


def test_a_tuning_file_that_is_not_there(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(detection={"tuning": "none.yaml"})
    assert problems(space) == ["none.yaml:1 "]


def test_what_cannot_work_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = Workspace(tmp_path)
    space.configure(detection={"contract": "presidio", "ner": True})
    assert problems(space) == ["egresswatch.yaml:1 detection.ner"]
    space.configure(detection={"ner": True})
    assert load_configuration(space.config).settings.detection.ner
    monkeypatch.setattr(NerReader, "available", False)
    with pytest.raises(ConfigError, match=r"detection.ner: .* pip install egresswatch\[ner\]"):
        load_configuration(space.config)


def test_hashed_values_need_a_key_and_looking_makes_none(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(detection={"tuning": "tuning.yaml"})
    (tmp_path / "tuning.yaml").write_text(
        "allow:\n  - {id: one, owner: me, reason: r, expires: 2030-01-01,\n"
        f"     value: {{hashed: ['{'0' * 64}']}}}}\n"
    )
    assert load_configuration(space.config).tuning.allow_list
    (tmp_path / "pseudonym.key").unlink()
    assert problems(space) == ["tuning.yaml:3 allow.0.value.hashed"]
    assert not (tmp_path / "pseudonym.key").exists()


def test_every_bound_of_decoding_can_be_set(tmp_path: Path) -> None:
    given = {"depth": 3, "megabytes": 1, "ratio": 9, "leaves": 11, "steps": 12}
    budget = settings(Workspace(tmp_path), decoding=given).decoding.budget()
    assert budget == Budget(depth=3, expanded_bytes=1024 * 1024, ratio=9, leaves=11, steps=12)
