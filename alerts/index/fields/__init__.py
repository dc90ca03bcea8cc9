"""What can be asked: every searchable field of every kind of record, with its short names.

A field's own name is the member's name in the record's JSON (ECS). `kind` decides which tests it
takes and what they mean, the same in every store:

- `name`: equal, ignoring the case of A-Z; wildcards.
- `dotted`: as `name`, and a whole parent matches its children (`user.contact`).
- `id`: equal, case and all; wildcards.
- `prose`: holds the words, ignoring the case of A-Z; wildcards.
- `int`, `real`, `time`: equal and ranges. `bool`: true or false.

A field with several values (`many`) matches when any of them does. An empty text is a missing one.
"""

from collections.abc import Mapping

from alerts.index.base import What
from alerts.index.fields.alerts import ALERTS
from alerts.index.fields.base import Collection, Field, Kind
from alerts.index.fields.dead_letters import DEAD_LETTERS
from alerts.index.fields.findings import FINDINGS
from alerts.index.fields.flows import FLOWS
from alerts.index.fields.sums import SUMS

__all__ = [
    "ALERTS",
    "COLLECTIONS",
    "DEAD_LETTERS",
    "FINDINGS",
    "FLOWS",
    "SUMS",
    "Collection",
    "Field",
    "Kind",
]

COLLECTIONS: Mapping[What, Collection] = {
    collection.what: collection for collection in (FLOWS, ALERTS, FINDINGS, SUMS, DEAD_LETTERS)
}
