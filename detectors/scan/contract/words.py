"""The words before a match that Presidio's context enhancer would see, without a whole Doc.

Presidio tokenizes the whole text, takes the token that a match begins in and the keywords before
it (neither stop words nor punctuation, six in all), and looks for context words inside them; the
token after the match is seen as well where the match's own is no keyword.
spaCy's tokenizer works on one run of non-space characters at a time, so only the runs near a match
need it, and runs that come again are cached.
"""

# spaCy has partial types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from detectors.scan.contract.reference import LANGUAGE, BlankNlp

_SEEN = 6
"""LemmaContextAwareEnhancer's context_prefix_count, and the match's own token."""
_NEAR = 160
_SHORT = 64
LONGEST_RUN = 4_096
"""Characters without white space that are tokenized together."""
_CACHED_RUNS = 20_000
_RUNS = re.compile(r"\S+|\s+")
_SPACES = re.compile(r"(?<=\S)\s")
_WITH_COLON = re.compile(r"\S*:\S*")
_SEPARATOR = "\0"


class Token(NamedTuple):
    """A token by its place, and its lower-cased word; `key` unless it is a stop word or
    punctuation."""

    start: int
    end: int
    word: str
    key: bool


class Words:
    """The keywords before any place of one text."""

    def __init__(self, text: str, tokenizer: "Tokenizer") -> None:
        self._text = text
        self._tokenizer = tokenizer
        self._also: frozenset[str] | None = None
        self._starts: list[int] | None = None

    def before(self, start: int) -> str:
        """The keywords around the token that `start` is in, as one text of separated words."""
        window = _NEAR
        while True:
            low = self._run_start(max(0, start - window))
            found, enough = self._collect(low, start)
            if enough or low == 0:
                return _SEPARATOR.join(found)
            window *= 4

    def _run_start(self, at: int) -> int:
        """The start of the white space before `at`: what came before makes no difference there."""
        if at == 0:
            return 0
        if self._starts is None:
            self._starts = [0, *(space.start() for space in _SPACES.finditer(self._text))]
        return self._starts[bisect_right(self._starts, at) - 1]

    def _collect(self, low: int, start: int) -> tuple[list[str], bool]:
        tokens: list[Token] = []
        runs = _RUNS.finditer(self._text, low)
        for run in runs:
            tokens += self._tokens(run.start(), run.group())
            if tokens and tokens[-1].end > start:
                break
        own = next((n for n, token in enumerate(tokens) if token.end > start), None)
        if own is None:
            return [], True
        found = [token.word for token in reversed(tokens[: own + 1]) if self._is_keyword(token)]
        enough = len(found) >= _SEEN
        if not self._is_keyword(tokens[own]):
            found[_SEEN:] = self._next(tokens[own + 1 :], runs)
        else:
            del found[_SEEN:]
        return found, enough

    def _next(self, tokens: list[Token], runs: Iterator[re.Match[str]]) -> list[str]:
        """The first keyword that follows: it is seen where the match's own token is none."""
        while True:
            for token in tokens:
                if self._is_keyword(token):
                    return [token.word]
            run = next(runs, None)
            if run is None:
                return []
            tokens = self._tokens(run.start(), run.group())

    def _tokens(self, at: int, run: str) -> list[Token]:
        if run.isspace():
            if at > 0 and run[0] == " ":
                at, run = at + 1, run[1:]
            return [Token(at, at + len(run), run.lower(), key=True)] if run else []
        parts = self._tokenizer.tokens(run)
        return [Token(at + p.start, at + p.end, p.word, p.key) for p in parts]

    def _is_keyword(self, token: Token) -> bool:
        """Presidio splits keywords at colons: `a:1` makes a keyword of every `a` of the text."""
        if token.key or ":" not in self._text:
            return token.key
        if self._also is None:
            parts = (
                part
                for run in _WITH_COLON.findall(self._text)
                for word in self._tokenizer.tokens(run)
                if ":" in word.word and self._tokenizer.is_keyword(word.word)
                for part in word.word.split(":")
            )
            self._also = frozenset(parts)
        return token.word in self._also


class Tokenizer:
    """spaCy's English tokenizer on single runs of non-space characters; bounded cache."""

    def __init__(self) -> None:
        self._nlp = BlankNlp()
        self._cached = lru_cache(maxsize=_CACHED_RUNS)(self._tokens)
        self._last: tuple[str, tuple[Token, ...]] = ("", ())

    def tokens(self, run: str) -> tuple[Token, ...]:
        if len(run) <= _SHORT:
            return self._cached(run)
        if self._last[0] != run:
            self._last = (run, self._tokens(run))
        return self._last[1]

    def is_keyword(self, word: str) -> bool:
        """Neither a stop word nor punctuation."""
        return not (self._nlp.is_stopword(word, LANGUAGE) or self._nlp.is_punct(word, LANGUAGE))

    def _tokens(self, run: str) -> tuple[Token, ...]:
        """In pieces where the run is long: spaCy takes quadratic time on brackets and dots."""
        return tuple(
            Token(
                at + token.idx,
                at + token.idx + len(token),
                token.lower_,
                not (token.is_stop or token.is_punct or ":" in token.text),
            )
            for at in range(0, len(run), LONGEST_RUN)
            for token in self._nlp.tokenize(run[at : at + LONGEST_RUN])
        )
