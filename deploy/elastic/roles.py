"""Least privileges: one role for who writes, one for who searches, one for who may ask whether a
person's data was sent, one for who changes mappings.

Bodies for `POST /_security/role/NAME` and, restricted to the same, `POST /_security/api_key`.
"""

from collections.abc import Iterable
from typing import Any

from alerts.index.elastic.layout import COLLECTIONS_STORED

PREFIX = "egresswatch"

Body = dict[str, Any]


def names(kinds: Iterable[str]) -> list[str]:
    """The aliases and indices of some kinds of records."""
    return [f"{PREFIX}-{kind}*" for kind in kinds]


SEARCHED = names(COLLECTIONS_STORED)
MEMBERS = names(["members"])
AUDIT = names(["audit"])


def grant(indices: list[str], *privileges: str) -> Body:
    """What may be done with some indices."""
    return {"names": indices, "privileges": list(privileges), "allow_restricted_indices": False}


def roles() -> dict[str, Body]:
    """By name."""
    return {
        f"{PREFIX}-writer": {
            "description": "Egresswatch's indexer: adds and updates records, makes dated indices; "
            "reads what it adds to, and no sets of people",
            # templates and lifecycles are looked at, by `egresswatch doctor`, and not changed
            "cluster": ["indices:admin/index_template/get", "read_ilm"],
            "indices": [
                grant(SEARCHED, "create_index", "index", "read", "view_index_metadata"),
                grant(MEMBERS, "create_index", "index", "view_index_metadata"),
            ],
        },
        f"{PREFIX}-reader": {
            "description": "Investigators and dashboards: search, and nothing else",
            "cluster": [],
            "indices": [grant(SEARCHED, "read", "view_index_metadata")],
        },
        f"{PREFIX}-privacy": {
            "description": "`egresswatch subject`: asks sets of people, adds to the audit of such "
            "questions; changes neither",
            "cluster": [],
            "indices": [
                grant(MEMBERS, "read", "view_index_metadata"),
                grant(AUDIT, "create_index", "create_doc", "read", "view_index_metadata"),
            ],
        },
        f"{PREFIX}-admin": {
            "description": "`egresswatch index plan, apply, migrate, retention`; a migration of "
            "members and audit needs the privacy role as well, which may read them",
            "cluster": ["manage_index_templates", "manage_ilm"],
            "indices": [
                grant(SEARCHED, "manage", "index", "read"),
                grant([*MEMBERS, *AUDIT], "manage", "index"),
            ],
        },
    }


def api_keys() -> dict[str, Body]:
    """An API key for each role, for a year; whoever makes it must have those privileges."""
    return {
        name: {
            "name": name,
            "expiration": "365d",
            "role_descriptors": {name: role},
            "metadata": {"application": PREFIX},
        }
        for name, role in roles().items()
    }
