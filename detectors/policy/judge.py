"""Which rules a flow breaks. Pure: the same flow and policy give the same verdicts."""

from collections.abc import Callable, Iterable

from detectors.policy.model import Policy, PolicyRule
from detectors.records import CategoryCount, Flow, Violation

_TLS_ORDER = {"": None, "SSLv3": 0, "1.0": 1, "1.1": 2, "1.2": 3, "1.3": 4}

Check = Callable[[Flow, Policy], Iterable[CategoryCount]]


def judge(flow: Flow, policy: Policy) -> tuple[Violation, ...]:
    """The violations of a flow that carries personal data; none for one that carries none."""
    if not flow.categories:
        return ()
    return tuple(
        Violation(rule=rule, categories=names)
        for rule, check in CHECKS.items()
        if rule not in policy.disabled
        and (names := tuple(category.name for category in check(flow, policy)))
    )


def tls_number(version: str) -> str:
    """`1.2` for `TLSv1.2`, `TLS 1.2` or `1.2`; empty where it is not known."""
    number = version.upper().removeprefix("TLS").lstrip("V ").strip()
    known = {"1": "1.0", "SSLV3": "SSLv3"}.get(number, number)
    return known if known in _TLS_ORDER else ""


def _not_allowed(flow: Flow, policy: Policy) -> Iterable[CategoryCount]:
    if not flow.registered:
        return ()  # the whole destination is the violation
    return (one for one in flow.categories if not policy.allows(flow.subprocessor, one.name))


def _unregistered(flow: Flow, _: Policy) -> Iterable[CategoryCount]:
    return () if flow.registered else flow.categories


def _plaintext(flow: Flow, _: Policy) -> Iterable[CategoryCount]:
    return flow.categories if flow.scheme == "http" and not flow.tls_version else ()


def _weak_tls(flow: Flow, policy: Policy) -> Iterable[CategoryCount]:
    used = _TLS_ORDER.get(tls_number(flow.tls_version))
    least = _TLS_ORDER[policy.tls_min]
    return flow.categories if used is not None and least is not None and used < least else ()


def _in_url(flow: Flow, _: Policy) -> Iterable[CategoryCount]:
    return (one for one in flow.categories if any(field.startswith("url.") for field in one.fields))


CHECKS: dict[PolicyRule, Check] = {
    "category-not-allowed": _not_allowed,
    "unregistered-subprocessor": _unregistered,
    "plaintext-http": _plaintext,
    "weak-tls": _weak_tls,
    "pii-in-url": _in_url,
}
"""Every policy rule with its check: the categories of a flow that break it."""
