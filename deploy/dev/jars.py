"""A service's jars: from Maven Central once, checked against pinned sums, kept beyond the checkout.

Maven resolves what is in `services/NAME/pom.xml`. What it brings has to be exactly what
`jars.sha256` beside it says, or nothing is kept.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path

from deploy.dev.errors import DevError

SERVICES = Path(__file__).parent / "services"
VARIABLE = "EGRESSWATCH_DEV_CACHE"


def cache() -> Path:
    """Where jars are kept: EGRESSWATCH_DEV_CACHE, else below the user's cache folder."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "egresswatch-dev"


def installed(name: str, finish: Callable[[Path], None] = lambda folder: None) -> Path:
    """The folder of a service, with its jars in `lib`; made first where it is not there.

    `finish` completes a new folder. The folder appears whole or not at all, whoever is killed in
    the middle and however many want it at once; its name is that of its recipe's content.
    """
    recipe = SERVICES / name
    folder = cache() / f"{name}-{_digest(recipe)}"
    if folder.is_dir():
        return folder
    with _one_at_a_time(name):
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=cache(), prefix=f"{name}.part-") as part:
                made = Path(part) / "made"
                _download(recipe, made / "lib")
                _check(recipe, made / "lib")
                finish(made)
                made.rename(folder)
    return folder


def pin(name: str) -> int:
    """Writes the sums of the jars that Maven brings now; their number."""
    recipe = SERVICES / name
    with tempfile.TemporaryDirectory() as part:
        _download(recipe, Path(part) / "lib")
        sums = _sums(Path(part) / "lib")
    lines = [f"{digest}  {jar}\n" for jar, digest in sorted(sums.items())]
    (recipe / "jars.sha256").write_text("".join(lines))
    return len(lines)


def _download(recipe: Path, lib: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise DevError(
            f"the jars of {recipe.name} are not in {cache()} and there is no Maven to fetch them: "
            f"install it (apt install maven), or copy that folder from a machine that has them, "
            f"or give the address of a running service"
        )
    lib.mkdir(parents=True)
    # Maven keeps its notes beside the pom
    pom = shutil.copy(recipe / "pom.xml", lib.parent)
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={lib}"]
    done = subprocess.run(
        [maven, "-B", "-q", "-ntp", "-f", pom, *goal], capture_output=True, text=True, check=False
    )
    if done.returncode:
        errors = [line for line in done.stdout.splitlines() if "ERROR" in line]
        raise DevError(f"Maven could not fetch {recipe.name}: {' '.join(errors[:2])}")


def _check(recipe: Path, lib: Path) -> None:
    lines = (recipe / "jars.sha256").read_text().splitlines()
    pinned = {jar: digest for digest, jar in (line.split() for line in lines)}
    found = _sums(lib)
    if found != pinned:
        wrong = sorted(jar for jar, _ in found.items() ^ pinned.items())
        raise DevError(f"{recipe.name}: not the jars that jars.sha256 pins: {', '.join(wrong)}")


def _sums(lib: Path) -> dict[str, str]:
    sums: dict[str, str] = {}
    for jar in lib.glob("*.jar"):
        with jar.open("rb") as file:
            sums[jar.name] = file_digest(file, "sha256").hexdigest()
    return sums


def _digest(recipe: Path) -> str:
    """Of all that the folder is made from: a changed recipe is another folder."""
    digest = sha256()
    for file in sorted(path for path in recipe.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(recipe)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
