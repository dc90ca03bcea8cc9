"""XML and SOAP: texts and attributes by the path of their elements, without name spaces.

Entities are never expanded: a document that declares one is left as text.
"""

import re
from collections.abc import Mapping
from xml.parsers import expat

from detectors.decode import paths
from detectors.decode.base import Reason
from detectors.decode.nodes import COLUMN_KEYS, NAME_KEYS, VALUE_KEYS
from detectors.decode.text import is_binary, to_text
from detectors.decode.work import Place, Work

_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?\s*<([?\w][\w:.-]*)")
_HTML = frozenset(
    b"""html head body p div span a b i u s br hr table tr td th ul ol li h1 h2 h3 h4 h5 h6 img
    strong em font center section article main header footer nav form pre code blockquote svg
    style script link meta small sub sup button input label""".split()
)
_NAMING = frozenset(NAME_KEYS) - {"type", "Type", "kind", "id", "1"} - set(COLUMN_KEYS)
_ENCODING = re.compile(r"^(<\?xml[^>]{0,80}?)\s+encoding=[\"'][^\"']{0,40}[\"']")
"""Which charset it was in says nothing any more."""
_LONGEST_NAME = 64


class XmlDecoder:
    """Well-formed XML, or the beginning of one; HTML is text."""

    name = "xml"

    def decode(self, data: bytes, place: Place, work: Work) -> bool:
        opening = _OPENING.match(data)
        if opening is None or opening[1].lower() in _HTML or is_binary(data):
            return False
        reader = _Reader(place.inner("xml:"), work)
        text = _ENCODING.sub(r"\1", to_text(data, place.content_type).lstrip(), count=1)
        read = reader.read(text)
        if read < 0:
            return False
        for leaf_place, content in reader.found:
            work.text(content, leaf_place)
        rest = text[read:]
        if rest.strip():
            work.skip(Reason.BUDGET_DEPTH, len(rest))
            work.leaf(f"{place.path}>text", place.keys, rest)
        work.inspected += len(data)
        return True


class _EntityError(ValueError):
    """The document declares an entity."""


class _TooDeepError(ValueError):
    """Elements stand deeper in each other than the budget follows."""


class _Element:
    """One element that is open."""

    __slots__ = ("keys", "named", "path", "text")

    def __init__(self, path: str, keys: tuple[str, ...]) -> None:
        self.path = path
        self.keys = keys
        self.text: list[str] = []
        self.named = ""


class _Reader:
    """Events of the parser into places and texts."""

    def __init__(self, place: Place, work: Work) -> None:
        self.found: list[tuple[Place, str]] = []
        self._place = place
        self._work = work
        self._open = [_Element(place.path, place.keys)]

    def read(self, text: str) -> int:
        """Reads as far as the text is XML: how many characters; -1 where it is none at all."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = _refuse
        data = text.encode("utf-8", "replace")
        try:
            parser.Parse(data, True)
        except _EntityError:
            return -1
        except _TooDeepError:
            read = data[: max(0, parser.CurrentByteIndex)]
            return len(read.decode("utf-8", "ignore"))
        except expat.ExpatError as error:
            if error.code not in _CUT or not self.found:
                return -1
            parser.buffer_text = False  # hands out what it holds back
            self._end("")
        return len(text)

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        outer = self._open[-1]
        step = paths.name(tag.rpartition(":")[2])
        depth = len(self._open)
        if depth > self._work.budget.depth or self._work.steps < 0:
            raise _TooDeepError
        keys = _keys(outer, step.key, attributes)
        element = _Element(f"{outer.path}/{step.written}", keys)
        self._work.steps -= 1 + len(attributes)
        self._open.append(element)
        for name, value in attributes.items():
            if value.strip() and not name.startswith(("xmlns", "xsi:")):
                short = paths.name(name.rpartition(":")[2])
                self._add(f"{element.path}/@{short.written}", (*element.keys, short.key), value)

    def _characters(self, text: str) -> None:
        self._open[-1].text.append(text)

    def _end(self, tag: str) -> None:
        element = self._open.pop() if len(self._open) > 1 else self._open[-1]
        text = "".join(element.text).strip()
        if not text:
            return
        if tag.rpartition(":")[2] in _NAMING and len(text) <= _LONGEST_NAME:
            self._open[-1].named = text
        self._add(element.path, element.keys, text)

    def _add(self, path: str, keys: tuple[str, ...], text: str) -> None:
        if self._work.steps > 0:
            self.found.append((Place(path, keys, self._place.depth + 1), text))


def _keys(outer: _Element, tag: str, attributes: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of an element: its name, or that which an attribute or a sibling gives it."""
    given = next((attributes[name] for name in _NAMING if name in attributes), "")
    if given and len(given) <= _LONGEST_NAME:
        return (*outer.keys, tag, *paths.parts(paths.name(given).key))
    if tag in VALUE_KEYS and outer.named:
        return (*outer.keys, *paths.parts(paths.name(outer.named).key))
    return (*outer.keys, tag)


_CUT = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
    }
)


def _refuse(*_: object) -> None:
    raise _EntityError
