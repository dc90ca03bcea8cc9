"""A recorded body as a form to fill in: compiled once, rendered with new values many times.

`compile_body` parses what the body is (JSON, NDJSON, a form, text, and JSON inside the strings
of these) and keeps a tree of renderers; a part without a planted value stays as it was recorded.
Escapes need no bookkeeping, since values are replaced in the parsed strings.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote, quote_plus, unquote_plus

from deploy.quickstart.slots import Slot, pattern

Values = Mapping[str, str]
"""The new value for every original one."""

Render = Callable[[Values], Any]


class Compiler:
    """Compiles the parts of one request; `found` counts the places of every planted value."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._pattern = pattern(slots)
        self._originals = {slot.original for slot in slots}
        self.found: Counter[str] = Counter()

    def body(self, text: str) -> Render:
        """The whole body, whatever text format it has; the renderer gives text."""
        for compiled in (self._json_text(text), self._lines(text), self._form(text)):
            if compiled is not None:
                return compiled
        return self.text(text)

    def query(self, text: str) -> Render:
        """A URL's query, without the question mark."""
        return self._form(text) or self.text(text)

    def text(self, text: str) -> Render:
        """Prose: values are replaced where they stand."""
        self.found.update(match.group() for match in self._pattern.finditer(text))
        if not self._pattern.search(text):
            return lambda _: text
        return lambda values: self._pattern.sub(lambda match: values[match.group()], text)

    def _json_text(self, text: str) -> Render | None:
        if text[:1] not in {"{", "["}:
            return None
        try:
            parsed: Any = json.loads(text)
        except ValueError:
            return None
        before = self.found.total()
        compiled = self._node(parsed)
        if self.found.total() == before:
            return lambda _: text
        ascii_only = "\\u" in text or text.isascii()
        tight = not re.search(r'"[:,] ', text)
        separators = (",", ":") if tight else (", ", ": ")
        return lambda values: json.dumps(
            compiled(values), ensure_ascii=ascii_only, separators=separators
        )

    def _node(self, node: object) -> Render:
        match node:
            case str():
                return self._json_text(node) or self.text(node)
            case dict():
                members = cast("dict[str, object]", node)
                compiled = {self.text(key): self._node(value) for key, value in members.items()}
                return lambda values: {
                    key(values): value(values) for key, value in compiled.items()
                }
            case list():
                items = [self._node(item) for item in cast("list[object]", node)]
                return lambda values: [item(values) for item in items]
            case int() | float() if str(node) in self._originals:
                self.found[str(node)] += 1
                number = type(node)
                return lambda values: number(values[str(node)])
            case _:
                return lambda _: node

    def _lines(self, text: str) -> Render | None:
        """NDJSON, and envelopes whose item header gives the next line's length."""
        lines = text.split("\n")
        if len(lines) < 2 or not all(line[:1] in {"{", "[", ""} for line in lines):
            return None
        compiled = [self._json_text(line) or self.text(line) for line in lines]
        headers = [
            number
            for number in range(len(lines) - 1)
            if f'"length":{len(lines[number + 1].encode())}}}' in lines[number]
        ]

        def render(values: Values) -> str:
            rendered = [line(values) for line in compiled]
            for number in headers:
                length = len(rendered[number + 1].encode())
                rendered[number] = re.sub(
                    r'"length":\d+}$', f'"length":{length}}}', rendered[number]
                )
            return "\n".join(rendered)

        return render

    def _form(self, text: str) -> Render | None:
        if not re.fullmatch(r"[^=&\s]+=[^&\s]*(&[^=&\s]+=[^&\s]*)*", text):
            return None
        escape = quote_plus if "+" in text else quote
        pairs = [pair.split("=", 1) for pair in text.split("&")]
        compiled = [(name, self._form_value(raw, escape)) for name, raw in pairs]
        return lambda values: "&".join(f"{name}={value(values)}" for name, value in compiled)

    def _form_value(self, raw: str, escape: Callable[[str, str], str]) -> Render:
        before = self.found.total()
        plain = unquote_plus(raw)
        compiled = self._json_text(plain) or self.text(plain)
        if self.found.total() == before:
            return lambda _: raw
        return lambda values: escape(compiled(values), "")
