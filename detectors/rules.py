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
    "source-silent",
    "lag-growing",
    "dead-letters-many",
    "coverage-low",
    "deliveries-dead",
    "index-unavailable",
]

OURSELVES = "egresswatch"
"""The sub-processor of what is wrong with this program itself: the last six rules."""


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
            "source-silent",
            "An input brings nothing any more to",
            "Check the mirror or the proxy that writes it: what it does not bring, nobody watches.",
            1,
        ),
        Rule(
            "lag-growing",
            "More and more records wait for",
            "Start more workers of the stage that is named, or find out what slows it.",
            1,
        ),
        Rule(
            "dead-letters-many",
            "Many records cannot be read by",
            "See `egresswatch dead-letters list` for the reason; once it is gone, replay them.",
            1,
        ),
        Rule(
            "coverage-low",
            "Much of the traffic is not inspected by",
            "See which reasons the flows give for bytes not inspected; raise the limit that it is, "
            "or have the mirror send whole bodies.",
            1,
        ),
        Rule(
            "deliveries-dead",
            "Alerts cannot be delivered by",
            "See `egresswatch deliveries --state dead` for each one's reason and remedy; then "
            "revive them.",
            2,
        ),
        Rule(
            "index-unavailable",
            "The search index takes no records from",
            "Bring the index back. Nothing is lost: records wait until it takes them.",
            2,
        ),
    )
}
