"""The doctor complains of what is wrong, each time with a remedy, and of nothing else."""

import tomllib
from datetime import timedelta
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.dev.ports import free_ports
from monitor.cli import doctor, main
from monitor.clock import SystemClock
from tests.support.workspace import Workspace


def complaints(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(main, ["doctor", *arguments])
    lines = result.output.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("BAD"):
            assert lines[number + 1].startswith("     -> "), "a complaint has a remedy"
    return result.exit_code, [line[4:] for line in lines if line.startswith("BAD")]


def test_a_sound_installation_and_configuration_pass(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure()
    assert complaints("--config", str(space.config)) == (0, [])


def test_every_problem_of_a_configuration_is_a_complaint(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(batch={"recordz": 1}, runtime="cloud")
    code, found = complaints("--config", str(space.config))
    assert code == 1
    assert len(found) == 2


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure()
    (tmp_path / "pseudonym.key").chmod(0o644)
    code, found = complaints("--config", str(space.config))
    assert code == 1
    assert found == [f"{tmp_path / 'pseudonym.key'} is readable by its owner only"]


def test_a_key_that_is_none(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure()
    (tmp_path / "pseudonym.key").write_text("s3cret but no digits")
    code, found = complaints("--config", str(space.config))
    assert code == 1
    assert "hexadecimal" in found[0]
    assert "s3cret" not in found[0]


def test_a_package_of_the_same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(Distribution):
        name = "detectors"  # pyright: ignore[reportAssignmentType] - as on PyPI

        def read_text(self, filename: str) -> str | None:
            return "detectors/__init__.py,,\n" if filename == "RECORD" else None

        def locate_file(self, path):
            return Path(path)

    monkeypatch.setattr(doctor, "distributions", lambda: [Other()])
    code, found = complaints()
    assert code == 1
    assert found == ["package detectors is also installed by detectors"]


def test_a_scanner_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ImportError("spacy")

    monkeypatch.setattr("detectors.scan.default_scanner", broken)
    code, found = complaints()
    assert code == 1
    assert found == ["the scanner fails: ImportError"]


def test_the_doctor_looks_and_makes_nothing(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure()
    (tmp_path / "pseudonym.key").unlink()
    assert complaints("--config", str(space.config)) == (0, [])
    assert not (tmp_path / "pseudonym.key").exists()


def test_entries_of_the_allow_list_that_have_expired_or_soon_will(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.configure(detection={"tuning": "tuning.yaml"})
    today = SystemClock().now().date()
    days = {"past": -1, "today": 0, "soon": 30, "far": 31}
    entries = "".join(
        f"  - {{id: {name}, owner: me, reason: r, paths: [x], expires: {today + timedelta(n)}}}\n"
        for name, n in days.items()
    )
    (tmp_path / "tuning.yaml").write_text("allow:\n" + entries)
    code, found = complaints("--config", str(space.config))
    assert code == 1
    assert found == [f"allow-list entry past expired on {today - timedelta(1)}"]
    said = CliRunner().invoke(main, ["doctor", "--config", str(space.config)]).output
    assert f"ok  allow-list entry today expires after {today}" in said
    assert f"ok  allow-list entry soon expires after {today + timedelta(30)}" in said
    assert "entry far" not in said


def test_it_knows_every_extra() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    extras = set(project["project"]["optional-dependencies"]) - {"dev"}
    assert set(doctor.EXTRAS.values()) == extras


def test_an_index_that_does_not_answer(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    (port,) = free_ports(1)
    space.configure(index={"type": "elasticsearch", "urls": [f"http://127.0.0.1:{port}"]})
    code, found = complaints("--config", str(space.config))
    assert code == 1
    assert len(found) == 1
    assert "does not answer" in found[0]
