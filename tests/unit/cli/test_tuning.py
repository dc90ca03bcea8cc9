"""`egresswatch tuning`: files are checked whole, and values hashed without being shown."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from detectors.scan.tuning import hashed
from monitor.cli import main
from tests.support.workspace import Workspace

VALUE = "jane@shop.example.org"
ENTRY = "- {id: %s, owner: me, reason: r, expires: %s, paths: [x]%s}\n"


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv("EGRESSWATCH_PSEUDONYM_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    return Workspace(tmp_path)


def tuning(*words: str, **more: str) -> Result:
    return CliRunner().invoke(main, ["tuning", *words], **more)


def test_hashes_are_of_the_pseudonym_key_and_show_no_value(space: Workspace) -> None:
    space.configure()
    result = tuning("hash", "user.contact.email", input=f"{VALUE}\n\n Jane@Shop.example.org \n")
    digest = hashed(bytes.fromhex("5a" * 32), "user.contact.email", VALUE)
    assert result.output == f"{digest}\n{digest}\n"


@pytest.mark.usefixtures("space")
def test_the_key_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGRESSWATCH_PSEUDONYM_KEY", "6b" * 32)
    result = tuning("hash", "user.contact.email", input=VALUE)
    assert result.stdout.strip() == hashed(bytes.fromhex("6b" * 32), "user.contact.email", VALUE)


def test_a_first_hash_makes_the_key_that_the_run_will_use(space: Workspace) -> None:
    space.configure()
    (space.folder / "pseudonym.key").unlink()
    made = tuning("hash", "user.contact.email", input=VALUE).stdout.strip()
    key = bytes.fromhex((space.folder / "pseudonym.key").read_text().strip())
    assert made == hashed(key, "user.contact.email", VALUE)


@pytest.mark.usefixtures("space")
@pytest.mark.parametrize(
    ("category", "problem"),
    [("user.contac", "not in the taxonomy"), ("user.contact.email", "which key? Give --config")],
)
def test_mistakes(category: str, problem: str) -> None:
    result = tuning("hash", category, input=VALUE)
    assert result.exit_code == 2
    assert problem in result.stderr
    assert VALUE not in result.output


def test_a_sound_file_is_summed_up(space: Workspace) -> None:
    (space.folder / "t.yaml").write_text(
        "regions: [de, fr]\nallow:\n"
        + ENTRY % ("old", "2020-01-01", "")
        + ENTRY % ("new", "2999-01-01", ", subprocessors: [anyone]")
    )
    result = tuning("check", "t.yaml")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "0 recognisers",
        "countries: de, fr",
        "2 allow-list entries",
        "allow-list entry old expired on 2020-01-01",
    ]


def test_all_problems_at_once_and_the_register_where_there_is_one(space: Workspace) -> None:
    space.configure()
    file = space.folder / "t.yaml"
    file.write_text("region: [de]\nallow:\n" + ENTRY % ("one", "soon", ""))
    result = tuning("check", "t.yaml")
    assert result.exit_code == 2
    told = [line.removeprefix("error: ").split(": ")[1] for line in result.stderr.splitlines()]
    assert told == ["region", "allow[0].expires"]
    file.write_text("allow:\n" + ENTRY % ("one", "2999-01-01", ", subprocessors: [strype]"))
    result = tuning("check", "t.yaml")
    assert result.exit_code == 2
    assert "t.yaml:2: allow.0.subprocessors.0: is not in the register" in result.stderr
