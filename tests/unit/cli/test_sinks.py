"""`egresswatch sinks`: previews of every channel, and checks of their connections."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from detectors.records import encode
from monitor.cli.sinks import sinks_group
from tests.support.api import serving
from tests.support.every_sink import HIDDEN, SINKS
from tests.support.messages import alert
from tests.support.slack_api import CHANNEL, TOKEN, SlackApi, block_problem
from tests.support.workspace import Workspace

Run = Callable[..., Result]


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    space = Workspace(tmp_path)
    space.configure(sinks=SINKS, messages={"console_url": "https://console.example"})
    return space


@pytest.fixture
def run(space: Workspace) -> Run:
    return lambda *words: CliRunner().invoke(sinks_group, [*words, "--config", str(space.config)])


def previews(result: Result) -> dict[str, str]:
    assert result.exit_code == 0, result.output
    parts = f"\n{result.stdout}".split("\n--- ")[1:]
    return {name: text.strip() for name, _, text in (part.partition("\n") for part in parts)}


def test_every_sink_shows_its_message_and_none_of_its_secrets(run: Run) -> None:
    result = run("preview")
    shown = previews(result)
    assert list(shown) == [sink["name"] for sink in SINKS]
    for name, text in shown.items():
        assert "Unusually much personal data goes to Stripe" in text, name
    assert HIDDEN not in result.output


def test_slacks_and_teams_previews_are_json_within_their_limits(run: Run) -> None:
    shown = previews(run("preview"))
    for name in ("team", "simple"):
        assert block_problem(msgspec.json.decode(shown[name])["blocks"]) == ""
    (attachment,) = msgspec.json.decode(shown["soc"])["attachments"]
    assert attachment["content"]["type"] == "AdaptiveCard"
    assert len(shown["soc"]) < 28 * 1024


def test_one_sink_one_alert_one_reason(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "alert.json"
    file.write_bytes(encode(alert(subjects={}, status="closed", verdict="expected")))
    result = run("preview", "--sink", "screen", "--alert", str(file), "--why", "resolved")
    assert list(previews(result)) == ["screen"]
    assert "the incident was closed (expected)" in result.stdout
    assert "console   https://console.example/alerts/a1" in result.stdout
    file.write_bytes(b"[" + encode(alert(subjects={})) + b"]")
    assert "Unusual volume" in run("preview", "--sink", "mail", "--alert", str(file)).stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "holds no alert (DecodeError): `alerts show ID --output ndjson` writes one"),
        (b"[]", "holds no alert (IndexError)"),
        (b'{"title": 7}', "holds no alert: wrong-type at"),
    ],
)
def test_a_file_without_an_alert_is_refused(
    run: Run, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "alert.json"
    file.write_bytes(content)
    result = run("preview", "--alert", str(file))
    assert result.exit_code == 2
    assert words in result.stderr


def test_an_unknown_sink_is_refused_with_the_known_ones(run: Run) -> None:
    result = run("check", "--sink", "team2")
    assert result.exit_code == 2
    assert "there is no such sink; the configured ones are: screen, audit, hook" in result.stderr


@pytest.mark.enable_socket
def test_a_check_tries_each_connection_and_says_what_needs_doing(
    space: Workspace, run: Run
) -> None:
    with serving(SlackApi()) as slack:
        app = {"type": "slack", "channel": CHANNEL, "api_url": slack.api_url}
        good = {**app, "name": "team", "token": TOKEN}
        bad = {**app, "name": "other", "token": HIDDEN}
        space.configure(sinks=[good, bad, {"type": "stdout", "name": "screen"}])
        result = run("check")
        assert result.exit_code == 1
        lines = result.stdout.splitlines()
        assert lines[0] == "ok  team: the token is valid, and the channel can be read"
        assert lines[1].startswith("BAD sink other (http://127.0.0.1:")
        assert "invalid_auth: the token is not valid" in lines[1]
        assert lines[2] == "ok  screen: its API has nothing to try without sending"
        assert HIDDEN not in result.output
        assert run("check", "--sink", "team").exit_code == 0
        assert not slack.messages
