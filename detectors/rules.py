"""Every rule a finding can name: what it is called, how grave it is, and what to do about it."""

from typing import Literal, NamedTuple, get_args

PolicyRule = Literal[
    "category-not-allowed",
    "unregistered-subprocessor",
    "plaintext-http",
    "weak-tls",
    "pii-in-url",
]
LearntRule = Literal[
    "volume-high",
    "volume-low",
    "off-hours",
    "batch-moved",
    "slow-leak",
    "mix-shift",
    "spread",
    "new-category",
    "new-destination",
    "new-service",
    "new-field",
    "new-region",
    "new-principal",
    "key-explosion",
    "access-without-egress",
    "egress-without-access",
    "second-opinion",
    "level-changed",
]
OwnRule = Literal[
    "source-silent",
    "lag-growing",
    "dead-letters-many",
    "coverage-low",
    "deliveries-dead",
    "index-unavailable",
    "alert-storm",
    "silence-ends",
]
RuleId = Literal[PolicyRule, LearntRule, OwnRule]

LEARNT_RULES: frozenset[str] = frozenset(get_args(LearntRule))
"""What the baselines find unusual, and learn from verdicts on."""

OURSELVES = "egresswatch"
"""The sub-processor of what is wrong with this program itself."""


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
            "off-hours",
            "At a time at which nothing is usual, personal data goes to",
            "Ask who ran what at that hour; if nobody knows, stop the service's credentials.",
            1,
        ),
        Rule(
            "batch-moved",
            "A batch runs at another hour than usual to",
            "Ask whether its schedule was changed. It is as large as usual, and may be a copy.",
            -1,
        ),
        Rule(
            "slow-leak",
            "A little more personal data every day goes to",
            "Find what has grown: more customers, or more of each. Compare with the contract.",
            1,
        ),
        Rule(
            "mix-shift",
            "Requests carry more personal data than usual to",
            "See what was deployed in the sending service: its requests have other contents now.",
            0,
        ),
        Rule(
            "spread",
            "Personal data is spread over more people or hosts than usual at",
            "See whom it is about and where it goes: many small transfers may be one large one.",
            1,
        ),
        Rule(
            "new-category",
            "A data category never seen before goes to",
            "Check what was deployed in the sending service, and whether the contract covers it.",
            1,
        ),
        Rule(
            "new-destination",
            "A host never seen before gets data of",
            "Check that the host is the vendor's own, and where it stands; else block it.",
            0,
        ),
        Rule(
            "new-service",
            "A service that never did before sends to",
            "Ask its owner for the purpose, and whether the contract and the register cover it.",
            0,
        ),
        Rule(
            "new-field",
            "Personal data stands in a field never seen before in requests to",
            "Look at the sender's last deployment: logging and debugging fields often leak.",
            0,
        ),
        Rule(
            "new-region",
            "From a region never seen before data goes to",
            "Ask who runs the service there; data may leave a country that it must not leave.",
            0,
        ),
        Rule(
            "new-principal",
            "A user or role that never did before sends to, or reads for,",
            "Find out whose credentials they are and what for; the flows name service and time.",
            0,
        ),
        Rule(
            "key-explosion",
            "Far too many services or categories are new at",
            "Find out what makes up their names; until then their baselines are worth little.",
            -1,
        ),
        Rule(
            "access-without-egress",
            "Data was read and not sent where it usually goes:",
            "Ask who read it and where it went instead.",
            1,
        ),
        Rule(
            "egress-without-access",
            "What was sent was never seen being read, by",
            "See where the sending service had it from: a copy, or a store that is not watched.",
            0,
        ),
        Rule(
            "second-opinion",
            "A second model finds the traffic strange to",
            "Compare with the hours before; our own baseline did not find it strange enough.",
            -1,
        ),
        Rule(
            "level-changed",
            "Traffic has changed its level for good, it seems, to",
            "Ask what has changed. If it is meant to stay, close the alert as expected.",
            -1,
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
