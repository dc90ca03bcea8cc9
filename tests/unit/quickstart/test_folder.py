from pathlib import Path

import orjson
import pytest

from deploy.quickstart.__main__ import main
from deploy.quickstart.folder import Folder, NotOursError
from detectors.policy import load_policy
from detectors.subprocessors import load_registry

GENERATE = ("--generate-only", "--events", "300", "--days", "3", "--until", "2026-11-24")


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def fresh(root: Path) -> Folder:
    folder = Folder(root)
    with folder.taken():
        folder.start_afresh()
    return folder


def test_generating_writes_traffic_truth_and_configuration_twice_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*GENERATE, "--out", str(tmp_path / "a")]) == 0
    first = contents(tmp_path / "a")
    assert main([*GENERATE, "--out", str(tmp_path / "a")]) == 0
    assert contents(tmp_path / "a") == first
    assert [name for name in first if name.startswith("traffic/")] == [
        f"traffic/egress-2026-11-{day}.ndjson.gz" for day in (21, 22, 23)
    ]
    assert {"egresswatch.yaml", "policy.yaml", "subprocessors.yaml"} <= first.keys()
    truth = orjson.loads(first["incidents.json"])
    assert [one["kind"] for one in truth] == ["bulk-export", "silent-vendor"]
    assert "traffic" in capsys.readouterr().out


def test_a_folder_of_other_content_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert main([*GENERATE, "--out", str(tmp_path)]) == 2
    assert contents(tmp_path) == {"thesis.txt": b"mine"}
    assert "--out" in capsys.readouterr().out


def test_starting_afresh_removes_only_what_the_quickstart_made(tmp_path: Path) -> None:
    folder = fresh(tmp_path / "out")
    made = ["data/egresswatch.db", "alerts.ndjson", "pseudonym.key", "traffic/egress-1.ndjson.gz"]
    mine = ["notes.txt", "traffic/mine.ndjson"]
    for name in [*made, *mine]:
        path = folder.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    folder.start_afresh()
    assert not any((folder.root / name).exists() for name in made)
    assert all((folder.root / name).exists() for name in mine)


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path) -> None:
    fresh(tmp_path)
    (tmp_path / ".made-by-the-quickstart").unlink()
    with pytest.raises(NotOursError), Folder(tmp_path).taken():
        pass


def test_a_second_quickstart_keeps_off_the_first_one_s_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = fresh(tmp_path)
    before = contents(tmp_path)
    with folder.taken():
        assert main([*GENERATE, "--out", str(tmp_path)]) == 2
    assert contents(tmp_path) == before
    assert "in use" in capsys.readouterr().out


def test_policy_and_register_are_valid_and_speak_of_the_same_vendors(tmp_path: Path) -> None:
    folder = fresh(tmp_path)
    policy = load_policy((folder.root / "policy.yaml").read_text(), "policy.yaml")
    registry = load_registry((folder.root / "subprocessors.yaml").read_text(), "s.yaml")
    assert policy.subprocessors.keys() == registry.subprocessors.keys()
    assert all(grant.reason for grant in policy.subprocessors.values())
