"""Health and the other special categories (GDPR Article 9) in running text.

A term alone says little (`depression in prices`, `health check`): a text must speak of a person,
or the term stand by a verb of illness. What is reported in one clause is one hit.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from detectors.scan.base import Hit
from detectors.scan.prose.segments import CJK, Prose
from detectors.yamlfile import StrictModel, load

_NEAR = 5
_DOSE = re.compile(r"[ ,]{1,3}\d{1,4}(?:[.,]\d{1,3})? ?(?:mg|mcg|µg|ml|g|IU|IE|UI)\b")
_CLAUSE = re.compile(r"[.!?;:\n](?:\s|$)")
_WITHIN = 28
"""Characters between two words of health that are one report."""
_LABEL = re.compile(r"[\"']?\s?[:=]\s?[\"']?([^\W\d_][\w -]{2,30})")
_JAPANESE = re.compile(
    r"(?:[12１２]型|[急慢]性|[重軽]度の|末期)?(?:糖尿病|てんかん|うつ病|喘息|高血圧|がん|癌|統合失調症|肺炎|白血病|認知症|偏頭痛|不安障害)"
    r"(?:と診断|の診断|を患)?(?:[、,]\s?[\w ]{1,40}?を?服用中)?"
)


class _Words(StrictModel):
    conditions: str
    unsure: str
    drugs: str
    stems: str
    cues: str
    subjects: str
    be: str
    beliefs: dict[str, str]
    phrases: dict[str, tuple[str, ...]]
    labels: dict[str, tuple[str, ...]]


class Special:
    """Finds terms of the special categories."""

    def __init__(self, words: _Words) -> None:
        self._conditions = frozenset(words.conditions.split())
        self._unsure = frozenset(words.unsure.split())
        self._drugs = frozenset(words.drugs.split())
        self._stems = tuple(words.stems.split())
        self._cues = frozenset(words.cues.split())
        self._subjects = frozenset(words.subjects.split())
        self._be = frozenset(words.be.split())
        self._beliefs = {w: entity for entity, ws in words.beliefs.items() for w in ws.split()}
        self._phrases = _by_first_word(words.phrases)
        self._labels = _by_first_word(words.labels)
        self._medical = self._conditions | self._drugs | self._unsure
        self._other = frozenset({*self._beliefs, *self._phrases, *self._labels})
        self.entities = frozenset({"HEALTH", *words.beliefs, *words.phrases, *words.labels})

    def find(self, prose: Prose, found: Sequence[Hit]) -> Iterator[Hit]:
        """A hit for each report of health, and for each other term."""
        if not self._medical.isdisjoint(prose.vocabulary) or self._stemmed(prose):
            yield from self._health(prose, found)
        if not self._other.isdisjoint(prose.vocabulary):
            yield from self._others(prose, found)
        if not prose.text.isascii() and CJK.search(prose.text):
            for match in _JAPANESE.finditer(prose.text):
                if any(sign in match.group() for sign in "診患服"):
                    yield Hit(prose.leaf, "HEALTH", *match.span(), 0.6, "health")

    def _stemmed(self, prose: Prose) -> bool:
        return any(len(word) > 7 and word.endswith(self._stems) for word in prose.vocabulary)

    def _health(self, prose: Prose, found: Sequence[Hit]) -> Iterator[Hit]:
        strong = [at for at, word in enumerate(prose.lowers) if self._is_term(word)]
        unsure = [at for at, word in enumerate(prose.lowers) if word in self._unsure]
        if strong or unsure:
            cues = [at for at, word in enumerate(prose.lowers) if word in self._cues]
            terms = strong if self._of_a_person(prose, found) else _close(strong, cues)
            terms = sorted({*terms, *_close(unsure, cues)})
            if terms:
                yield from self._reports(prose, terms, sorted({*terms, *cues}))

    def _is_term(self, word: str) -> bool:
        return (
            word in self._conditions
            or word in self._drugs
            or (len(word) > 7 and word.endswith(self._stems))
        )

    def _of_a_person(self, prose: Prose, found: Sequence[Hit]) -> bool:
        return any(hit.entity == "PERSON" for hit in found) or not self._subjects.isdisjoint(
            prose.vocabulary
        )

    def _reports(self, prose: Prose, terms: list[int], words: list[int]) -> Iterator[Hit]:
        """Runs of words of health with a term in them, as one hit each."""
        wanted, run = frozenset(terms), [words[0]]
        for at in [*words[1:], -1]:
            if at >= 0 and _one_clause(prose, run[-1], at):
                run.append(at)
                continue
            last = next((n for n in reversed(run) if n in wanted), None)
            if last is not None:
                dose = _DOSE.match(prose.text, prose.ends[last])
                end = dose.end() if dose else prose.ends[last]
                yield Hit(
                    prose.leaf,
                    "HEALTH",
                    prose.starts[run[0]],
                    self._qualified(prose, last, end),
                    0.6,
                    "health",
                )
            run = [at]

    def _qualified(self, prose: Prose, last: int, end: int) -> int:
        """The end of the report with a word or two that tell the kind: `diabetes type 2`."""
        at = last + 1
        while end == prose.ends[at - 1] and at < min(len(prose), last + 3) and prose.gap(at) == " ":
            end = prose.ends[at]
            at += 1
        return end

    def _others(self, prose: Prose, found: Sequence[Hit]) -> Iterator[Hit]:
        for at, word in enumerate(prose.lowers):
            entity = self._beliefs.get(word)
            if entity is not None and self._said_of_someone(prose, at, found):
                yield Hit(prose.leaf, entity, prose.starts[at], prose.ends[at], 0.6, "special")
            for words, name in self._phrases.get(word, ()):
                if tuple(prose.lowers[at : at + len(words)]) == words:
                    end = prose.ends[at + len(words) - 1]
                    yield Hit(prose.leaf, name, prose.starts[at], end, 0.6, "special")
            for words, name in self._labels.get(word, ()):
                if tuple(prose.lowers[at : at + len(words)]) == words:
                    label = _LABEL.match(prose.text, prose.ends[at + len(words) - 1])
                    if label:
                        yield Hit(prose.leaf, name, *label.span(1), 0.6, "special-label")

    def _said_of_someone(self, prose: Prose, at: int, found: Sequence[Hit]) -> bool:
        """`I am a practising Catholic`, `Jane Roe is gay`, but not `the church is Catholic`."""
        before = prose.lowers[max(0, at - _NEAR) : at]
        verbs = [n for n, word in enumerate(before) if word in self._be]
        if not verbs or len(before) - verbs[-1] > 3:
            return False
        if verbs and before[verbs[0]] in (
            "i'm",
            "he's",
            "she's",
            "bin",
            "soy",
            "sou",
            "jestem",
            "suis",
            "am",
        ):
            return True
        start = prose.starts[max(0, at - _NEAR)]
        named = any(
            hit.entity == "PERSON" and start <= hit.end <= prose.starts[at] for hit in found
        )
        return named or not self._subjects.isdisjoint(before[: verbs[-1]])


def _close(terms: list[int], cues: list[int]) -> list[int]:
    return [term for term in terms if any(abs(term - cue) <= _NEAR for cue in cues[:200])]


def _one_clause(prose: Prose, first: int, second: int) -> bool:
    start, end = prose.ends[first], prose.starts[second]
    return end - start <= _WITHIN and _CLAUSE.search(prose.text, start, end) is None


def _by_first_word(
    phrases: dict[str, tuple[str, ...]],
) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for entity, listed in phrases.items():
        for phrase in listed:
            words = tuple(phrase.split())
            table.setdefault(words[0], []).append((words, entity))
    return table


@cache
def default_special() -> Special:
    """The words that come with Egresswatch."""
    text = files("detectors.scan.prose").joinpath("special.yaml").read_text("utf-8")
    return Special(load(_Words, text, "special.yaml"))
