"""Which leaves are running text, and their words.

Text is looked at word by word: one pass over the words with look-ups in tables costs the same
whatever the number of cues, and nothing in it can blow up on hostile text.
"""

import re
from bisect import bisect_left

from detectors.decode.base import Leaf

_SHORTEST = 8
_FEWEST = 2
"""Spaces: in fewer words, and without such a sign, no cue has a value beside it."""
_SIGNS = re.compile("[<:=,]")
_LONGEST = 65_536
"""Characters of a leaf that are read; the rest is left to the recognisers."""
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_CODE = (
    "{",
    "[{",
    '["',
    "<?xml",
    "data:",
    "http://",
    "https://",
    "eyJ",
    "SELECT ",
    "Mozilla/",
    "function",
)
_GREETS = re.compile(
    r"(?:hi|hello|hey|hallo|hola|bonjour|salut|ciao|salve|ol[áa]|oi|cze[śs][ćc]|dear|liebe[r]?"
    r"|cher|ch[èe]re|estimad[oa]|querid[oa]|gentile|car[oa]|beste|geachte|witaj|welkom|welcome"
    r"|willkommen|bienvenue) ",
    re.IGNORECASE,
)
"""Two words are enough where the first greets."""
_PATH = re.compile(r"[\w$-]+(?:\.[\w$-]+)+")
"""A key that is written in one, `app.customer.氏名`: its parts are no sentence."""
_SPACED = re.compile(r"[^\W\d_]{2}[^\s\w]{0,2}\s{1,4}\S|\w:\s?\S+\s")
_MARKUP = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,10})\b[^<>]{0,400}>|&(?:nbsp|amp|quot|#39);")
_BLOCK = re.compile(r"br|p|div|li|ul|ol|td|tr|th|table|h[1-6]|body|html|section", re.IGNORECASE)
_EMPHASIS = str.maketrans({"*": " ", "`": " ", "\u00a0": " ", "\u3000": " ", "|": "\n"})
CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def is_prose(text: str) -> bool:
    """Whether words stand in `text`, so that cues may: cheap, and in doubt True."""
    if len(text) < _SHORTEST:
        return False
    spaces = text.count(" ") + text.count("\n")
    if spaces < _FEWEST and not (spaces and (_SIGNS.search(text) or _GREETS.match(text))):
        return not text.isascii() and CJK.search(text) is not None and not _PATH.fullmatch(text)
    return not text.startswith(_CODE) and (
        _SPACED.search(text, 0, 4_000) is not None
        or (not text.isascii() and CJK.search(text) is not None)
    )


def flatten(text: str) -> str:
    """The text without its markup, every character in its place: tags become spaces, and tags
    that end a line become line breaks."""
    if "<" in text or "&" in text:
        text = _MARKUP.sub(_blank, text)
    return text.translate(_EMPHASIS)


def _blank(tag: re.Match[str]) -> str:
    name = tag.group(1)
    if name is not None and _BLOCK.fullmatch(name):
        return "\n" + " " * (len(tag.group()) - 1)
    return " " * len(tag.group())


class Prose:
    """A leaf of running text with its words: `words[n]` stands at `starts[n]:ends[n]`, and
    `lowers` has them in lower case. `text` is the leaf's text without markup, equally long."""

    __slots__ = ("ends", "leaf", "lowers", "starts", "text", "vocabulary", "words")

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.text = flatten(leaf.text[:_LONGEST])
        matches = list(_WORD.finditer(self.text))
        self.words = [match.group() for match in matches]
        self.starts = [match.start() for match in matches]
        self.ends = [match.end() for match in matches]
        self.lowers = [word.lower() for word in self.words]
        self.vocabulary = frozenset(self.lowers)

    def __len__(self) -> int:
        return len(self.words)

    def gap(self, at: int) -> str:
        """What stands between the words `at - 1` and `at` (or before the first, after the last)."""
        start = self.ends[at - 1] if at else 0
        end = self.starts[at] if at < len(self.words) else len(self.text)
        return self.text[start:end]

    def word_at(self, position: int) -> int:
        """The first word that starts at `position` or later."""
        return bisect_left(self.starts, position)

    def __repr__(self) -> str:
        return f"<Prose of {len(self.words)} words>"
