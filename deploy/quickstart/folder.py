"""The quickstart's output folder: what is in it, and starting afresh without touching the rest."""

import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from deploy.quickstart.incidents import Truth
from monitor.state.database import exclusive

HERE = Path(__file__).parent
COPIED = ("egresswatch.yaml", "subprocessors.yaml", "policy.yaml")
MARK = ".made-by-the-quickstart"


class NotOursError(Exception):
    """The folder holds something that the quickstart did not make."""


class Folder:
    """Everything the quickstart writes lies under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def traffic(self) -> Path:
        return self.root / "traffic"

    @property
    def files(self) -> Sequence[Path]:
        """The traffic, in the order of time."""
        return sorted(self.traffic.glob("egress-*.ndjson.gz"))

    @property
    def config(self) -> Path:
        return self.root / "egresswatch.yaml"

    @contextmanager
    def taken(self) -> Generator[None]:
        """Keeps a second quickstart off the folder. NotOursError for one with other content,
        DataInUseError while another quickstart has it."""
        if self.root.exists() and any(self.root.iterdir()) and not (self.root / MARK).exists():
            raise NotOursError(f"{self.root} is not empty: choose another folder with --out")
        with exclusive(self.root):
            (self.root / MARK).touch()
            yield

    def start_afresh(self) -> None:
        """Removes what an earlier quickstart made, and writes the configuration anew; other
        people's files stay. Only for who has taken the folder."""
        self.traffic.mkdir(exist_ok=True)
        for old in self._made():
            old.unlink(missing_ok=True)
        shutil.rmtree(self.root / "data", ignore_errors=True)
        for name in COPIED:
            shutil.copyfile(HERE / name, self.root / name)

    def write_truth(self, truth: Sequence[Truth]) -> None:
        """The planted incidents, for people and for comparison."""
        text = msgspec.json.format(msgspec.json.encode(truth), indent=2)
        (self.root / "incidents.json").write_bytes(text + b"\n")

    def shown(self, path: Path) -> str:
        """The path as one types it from here."""
        return os.path.relpath(path)

    def _made(self) -> list[Path]:
        names = ("incidents.json", "alerts.ndjson", "pseudonym.key")
        return [*self.traffic.glob("egress-*.ndjson.gz"), *(self.root / name for name in names)]
