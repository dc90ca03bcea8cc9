"""Configurations: what is accepted, what is built, and that no secret is shown."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from monitor.sources import SOURCES, FileSource, HttpSource, SourceConfig, StdinSource, build

adapter: TypeAdapter[SourceConfig] = TypeAdapter(SourceConfig)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"type": "files", "name": "f", "paths": ["x"]}, FileSource),
        ({"type": "http", "name": "h", "token": "s3cret"}, HttpSource),
    ],
)
def test_each_type_builds_its_source(config: dict[str, Any], kind: type, tmp_path: Path) -> None:
    built = build(adapter.validate_python(config), tmp_path)
    assert isinstance(built, kind)
    built.close()


def test_stdin_is_read_by_its_descriptor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("{}\n")
    with (tmp_path / "in").open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        built = build(adapter.validate_python({"type": "stdin", "name": "i"}), tmp_path)
        assert isinstance(built, StdinSource)
        built.open({})
        built.close()
    (partition,) = built.partitions()
    assert partition.name == "i"


@pytest.mark.parametrize("kind", SOURCES)
def test_every_key_is_described_with_an_example(kind: str) -> None:
    for name, field in SOURCES[kind].model_fields.items():
        assert field.description, name
        assert field.examples, name


@pytest.mark.parametrize(
    "config",
    [
        {"type": "files", "name": "f", "paths": []},
        {"type": "files", "name": "f:g", "paths": ["x"]},
        {"type": "files", "name": "f", "paths": ["x"], "other": "s3cret"},
        {"type": "http", "name": "h"},
        {"type": "http", "name": "h", "token": "s3cret", "token_file": "x"},
        {"type": "http", "name": "h", "token": "s3cret", "port": 70_000},
        {"type": "stdin", "name": "i", "format": "har"},
    ],
)
def test_mistakes_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        adapter.validate_python(config)


def test_no_secret_in_repr(tmp_path: Path) -> None:
    config = adapter.validate_python({"type": "http", "name": "h", "token": "s3cret"})
    assert "s3cret" not in repr(config) + repr(build(config, tmp_path))


def test_a_missing_token_file_is_named_by_its_key(tmp_path: Path) -> None:
    config = adapter.validate_python({"type": "http", "name": "h", "token_file": "missing"})
    with pytest.raises(ValueError, match="token_file"):
        build(config, tmp_path)


def test_an_empty_token_is_refused(tmp_path: Path) -> None:
    config = adapter.validate_python({"type": "http", "name": "h", "token": ""})
    with pytest.raises(ValueError, match="token: empty"):
        build(config, tmp_path)
