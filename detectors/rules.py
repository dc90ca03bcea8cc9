"""Every rule a finding can name: what it is called, how grave it is, and what to do about it."""

from typing import Literal, NamedTuple

RuleId = Literal[
    "category-not-allowed",
    "unregistered-subprocessor",
    "plaintext-http",
    "weak-tls",
    "pii-in-url",
    "volume-high",
    "volume-low",
    "new-category",
    "alert-storm",
    "silence-ends",
]


class Rule(NamedTuple):
    """`title` completes "... <title> <sub-processor>"; `weight` adds to an incident's severity."""

    id: RuleId
    title: str
    remedy: str
    weight: int


RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(
            "category-not-allowed",
            "Data categories the policy does not allow go to",
            "Stop the sending service's field, or allow the category in the policy with a reason.",
            1,
        ),
        Rule(
            "unregistered-subprocessor",
            "Personal data goes to unregistered",
            "Find out who sends there and why; block the destination, or register the vendor "
            "with a contract first.",
            2,
        ),
        Rule(
            "plaintext-http",
            "Personal data goes unencrypted to",
            "Change the sender's URL to https and refuse port 80 at the egress proxy.",
            2,
        ),
        Rule(
            "weak-tls",
            "Personal data goes over outdated TLS to",
            "Raise the sender's minimum TLS version; ask the vendor for 1.2 or newer.",
            1,
        ),
        Rule(
            "pii-in-url",
            "Personal data stands in URLs to",
            "Move it from the URL into the body: URLs end in access logs of every hop.",
            0,
        ),
        Rule(
            "volume-high",
            "Unusually much personal data goes to",
            "Ask the sending service's owner what ran; if nobody knows, stop its credentials.",
            1,
        ),
        Rule(
            "volume-low",
            "Unusually little, or nothing, goes to",
            "Check the sending service and its mirror: an integration or the tap may be broken.",
            -1,
        ),
        Rule(
            "new-category",
            "A data category never seen before goes to",
            "Check what was deployed in the sending service, and whether the contract covers it.",
            1,
        ),
        Rule(
            "alert-storm",
            "A storm of alerts:",
            "Search the alerts for muted:storm. One cause is likely: a new release, a changed "
            "policy, or a sender gone wrong.",
            0,
        ),
        Rule(
            "silence-ends",
            "A silence that ends soon mutes",
            "Close what is explained, or extend the silence: what is open then will be told.",
            0,
        ),
    )
}
