"""The request's address: path segments and parameters. Personal data in it is a finding of its own,
because addresses are logged all along the way."""

from urllib.parse import unquote_to_bytes

from detectors.decode import paths
from detectors.decode.form import add_pair, pairs
from detectors.decode.jsonbody import add_string
from detectors.decode.text import to_text
from detectors.decode.work import Place, Work


def add_url(full: str, work: Work) -> None:
    """Leaves `url.path[3]` (segments count from 1) and `url.query:email`.

    The host is the destination and no leaf; nor is `user:password@`, the sender's own credential.
    """
    work.inspected += len(full)
    rest, _, _ = full.encode("utf-8", "replace").partition(b"#")
    rest, _, query = rest.partition(b"?")
    _, _, after_scheme = rest.partition(b"://")
    _add_segments((after_scheme or rest).split(b"/"), work)
    for key, value in pairs(query):
        add_pair(key, value, Place(f"url.query:{paths.name(key).written}"), work)


def _add_segments(segments: list[bytes], work: Work) -> None:
    before = ""
    for position, segment in enumerate(segments[1:], start=1):
        if not segment:
            continue
        text = to_text(unquote_to_bytes(segment))
        keys = (before,) if before and paths.is_field_name(before) else ()
        add_string(text, Place(f"url.path[{position}]", keys), work)
        before = text
