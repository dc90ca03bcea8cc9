"""Configuration of sinks: one union, strict, and silent about secrets."""

from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from alerts.sinks import SINKS, SinkConfig, SinkError, build
from alerts.sinks.webhook import WebhookConfig, WebhookSink
from monitor.clock import ManualClock
from tests.support.messages import NOW, tools

# The outermost configuration decides whether errors show their input: whoever embeds
# SinkConfig in a model of settings has to say so there.
ADAPTER: TypeAdapter[SinkConfig] = TypeAdapter(
    SinkConfig, config=ConfigDict(hide_input_in_errors=True)
)
HIDDEN = "hunter2-s3cr3t"
URL = f"https://user:{HIDDEN}@hooks.example.com/{HIDDEN}?token={HIDDEN}"


def problems(**config: Any) -> str:
    with pytest.raises(ValidationError) as failure:
        ADAPTER.validate_python({"name": "hook", "type": "webhook", **config})
    assert HIDDEN not in str(failure.value)
    with pytest.raises(ValidationError) as alone:
        WebhookConfig.model_validate({"name": "hook", "type": "webhook", **config})
    assert HIDDEN not in str(alone.value)
    return str(failure.value)


def test_the_registration_and_the_union_agree() -> None:
    members = get_args(get_args(SinkConfig)[0])
    assert list(SINKS.values()) == list(members)
    for kind, config in SINKS.items():
        assert get_args(config.model_fields["type"].annotation) == (kind,)


def test_every_key_is_described_with_an_example() -> None:
    for config in SINKS.values():
        for name, key in config.model_fields.items():
            assert key.description, name
            assert key.examples, name


def test_every_secret_has_a_file_twin() -> None:
    for config in SINKS.values():
        for name, key in config.model_fields.items():
            if "SecretStr" in str(key.annotation):
                assert f"{name}_file" in config.model_fields


def test_building_gives_the_sink_under_its_name(tmp_path: Path) -> None:
    for given in (
        {"type": "stdout"},
        {"type": "file", "path": tmp_path / "x"},
        {"type": "webhook", "url": URL},
    ):
        sink = build(ADAPTER.validate_python({"name": "n", **given}), ManualClock(NOW))
        assert sink.name == "n"
        assert type(sink).__name__.lower() == f"{given['type']}sink"
        sink.close()


def test_reprs_hide_secrets() -> None:
    config = WebhookConfig(
        type="webhook",
        name="hook",
        url=URL,  # pyright: ignore[reportArgumentType] - pydantic makes it a secret
        secret=HIDDEN,  # pyright: ignore[reportArgumentType]
        token=HIDDEN,  # pyright: ignore[reportArgumentType]
        status_url=f"{URL}&id={{id}}",  # pyright: ignore[reportArgumentType]
    )
    sink = WebhookSink(config, tools())
    for shown in (config, sink, config.model_dump(), config.model_dump_json()):
        assert HIDDEN not in repr(shown)


def test_wrong_configurations_name_the_keys_and_the_remedy(tmp_path: Path) -> None:
    assert "url or url_file is missing: give one" in problems()
    assert "url and url_file: give one" in problems(url=URL, url_file=__file__)
    both = problems(url=URL, secret=HIDDEN, secret_file=__file__)
    assert "secret and secret_file: give one" in both
    assert "is not an address such as" in problems(url=f"ftp://{HIDDEN}")
    assert "has no {id}" in problems(url=URL, status_url=URL)
    assert "secret_file" in problems(url=URL, secret_file=tmp_path / "missing")
    assert "Extra inputs are not permitted" in problems(url=URL, **{HIDDEN[:7]: HIDDEN})
    assert "name" in problems(url=URL, name=f"a {HIDDEN}")


def test_a_secret_file_is_read_at_each_use(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old\n")
    config = WebhookConfig.model_validate(
        {"type": "webhook", "name": "hook", "url": URL, "secret_file": file}
    )
    assert config.reveal("secret") == "old"
    file.write_text("new\n")
    assert config.reveal("secret") == "new"
    assert config.reveal("token") is None


def test_a_secret_file_that_went_bad_may_become_good_again(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(HIDDEN)
    config = WebhookConfig.model_validate(
        {"type": "webhook", "name": "hook", "url": URL, "secret_file": file}
    )
    file.write_bytes(b"\xff")
    with pytest.raises(SinkError, match="sink hook: secret_file cannot be read") as undecodable:
        config.reveal("secret")
    assert undecodable.value.recoverable
    file.write_text(" \n")
    with pytest.raises(SinkError, match="secret_file is empty"):
        config.reveal("secret")
    file.unlink()
    with pytest.raises(SinkError, match=r"cannot be read \(FileNotFoundError\)"):
        config.reveal("secret")
