"""Tables inside downloaded packages, by the end of their names."""

import csv
import io
import lzma
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZipFile

Row = dict[str, str]


def table(archives: Iterable[Path], ending: str) -> Iterator[Row]:
    """The rows of the first file whose name ends so; a zipped or xz'ed one is opened. None where
    no archive has it."""
    for archive in archives:
        if data := _find(archive, ending):
            yield from csv.DictReader(io.StringIO(data.decode("utf-8", "replace")))
            return


def _find(archive: Path, ending: str) -> bytes | None:
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.name.endswith(ending) and (file := tar.extractfile(member)):
                    return _opened(ending, file.read())
        return None
    with ZipFile(archive) as wheel:
        for name in wheel.namelist():
            if name.endswith(ending):
                return _opened(ending, wheel.read(name))
    return None


def _opened(ending: str, data: bytes) -> bytes:
    if ending.endswith(".xz"):
        return lzma.decompress(data)
    if ending.endswith(".zip"):
        with ZipFile(io.BytesIO(data)) as inner:
            return inner.read(inner.namelist()[0])
    return data
