"""Violations in words."""

_BECAUSE = {
    "category-not-allowed": "the policy does not allow this category there",
    "unregistered-subprocessor": "the destination is not in the register of sub-processors",
    "plaintext-http": "sent over plain HTTP, readable by everyone on the way",
    "weak-tls": "sent over a TLS version older than the policy's minimum",
    "pii-in-url": "part of the URL, which proxies and servers write to their logs",
}


def violation_message(rule: str, label: str, category: str, subprocessor: str, service: str) -> str:
    """`label` and `category` are the data category for people and by name. One key of findings
    always gives the same words: counts are beside them."""
    sender = f" from {service}" if service else ""
    return f"{label} ({category}) to {subprocessor}{sender}: {_BECAUSE[rule]}"
