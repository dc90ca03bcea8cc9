"""The request's address: path segments and parameters. Personal data in it is a finding of its own,
because addresses are logged all along the way."""

from urllib.parse import unquote_to_bytes

from detectors.decode import paths
from detectors.decode.form import add_pair, pairs
from detectors.decode.text import to_text
from detectors.decode.work import Place, Work

_ADDRESS = Place("url")


def add_url(full: str, work: Work, place: Place = _ADDRESS) -> None:
    """Leaves `url.path[3]` (segments count from 1) and `url.query:email`.

    The host is the destination and no leaf; nor is `user:password@`, the sender's own credential.
    """
    work.inspected += len(full)
    rest, _, _ = full.encode("utf-8", "replace").partition(b"#")
    rest, _, query = rest.partition(b"?")
    _, _, after_scheme = rest.partition(b"://")
    _add_segments((after_scheme or rest).split(b"/"), f"{place.path}.path", place.depth, work)
    for key, value in pairs(query):
        if not work.spend(len(value)):
            break
        path = f"{place.path}.query:{paths.name(key).written}"
        add_pair(key, value, Place(path, (), place.depth), work)


def _add_segments(segments: list[bytes], path: str, depth: int, work: Work) -> None:
    before = ""
    for position, segment in enumerate(segments[1:], start=1):
        if not segment:
            continue
        text = to_text(unquote_to_bytes(segment))
        keys = (before,) if before and paths.is_field_name(before) else ()
        work.text(text, Place(f"{path}[{position}]", keys, depth))
        before = text
