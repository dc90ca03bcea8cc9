"""E-mail addresses: Presidio's pattern, with the public suffix list that is bundled."""

import re
from functools import cache, lru_cache
from typing import Any, cast

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.presidio import Analyser, Choice, PresidioRecogniser

_CACHED_DOMAINS = 10_000
_BEFORE_USERINFO = re.compile(r"://[^\s/@?]*$")
_NOT_LOCAL = re.compile(r".*[=/?&|{}`%*!#$^~]'*|'+", re.DOTALL)


def email_recognisers() -> list[PresidioRecogniser]:
    """Presidio's e-mail recogniser.

    Its own validation asks tldextract's global instance, which fetches the public suffix list
    from the network at first use: ours uses the snapshot that is installed with tldextract.
    """
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    class OfflineEmailRecognizer(EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            return _is_public(pattern_text.rpartition("@")[2].lower())

    choice = Choice("EmailRecognizer", r"@\w", refine=refine)
    return [PresidioRecogniser(choice, cast("Analyser", OfflineEmailRecognizer()))]


def refine(leaf: Leaf, hit: Hit) -> Hit | None:
    """Without what the pattern takes along before an address (`email='jane@...`); None for the
    user of a URL (`https://key@host/`), which is a credential or a project's key."""
    if _BEFORE_USERINFO.search(leaf.text, max(0, hit.start - 300), hit.start):
        return None
    local = hit.value.rpartition("@")[0]
    taken_along = _NOT_LOCAL.match(local)
    if taken_along is None:
        return hit
    start = hit.start + taken_along.end()
    if start >= hit.start + len(local):
        return None
    return Hit(leaf, hit.entity, start, hit.end, hit.score, hit.evidence)


@lru_cache(maxsize=_CACHED_DOMAINS)
def _is_public(domain: str) -> bool:
    return bool(_extractor()(domain).fqdn)


@cache
def _extractor() -> Any:
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
