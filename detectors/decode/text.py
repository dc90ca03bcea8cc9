"""Text bodies, the telling of text from binary, and text that holds another format inside."""

from detectors.decode.work import Place, Work

_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r\f\v\x1b"))
_TEXT = bytes(set(range(256)) - set(_CONTROLS))
_SAMPLE = 4096


def is_binary(data: bytes) -> bool:
    """Whether bytes are no text in any single-byte charset or UTF-8: more than one control
    character in 50 (random and compressed data have one in 8)."""
    sample = data[:_SAMPLE]
    return len(sample.translate(None, _TEXT)) * 50 > len(sample)


def to_text(data: bytes) -> str:
    """UTF-8 where it is, else Latin-1, whatever the header says: e-mail addresses and numbers are
    the same in every charset that is met in practice."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class TextDecoder:
    """The last resort: any text is one leaf."""

    name = "text"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        if is_binary(data):
            return False
        add_text(to_text(data), place, work)
        return True


def add_text(text: str, place: Place, work: Work) -> None:
    """The whole of `text` as one leaf `...>text`."""
    work.inspected += len(text)
    work.leaf(f"{place.path}>text", place.keys, text)
