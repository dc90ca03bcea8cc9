"""Least privileges: one role for who writes, one for who reads, one for who changes mappings.

Bodies for `POST /_security/role/NAME` and, restricted to the same, `POST /_security/api_key`.
"""

from typing import Any

PREFIX = "egresswatch"
ALL = f"{PREFIX}-*"

Body = dict[str, Any]


def roles() -> dict[str, Body]:
    """By name."""
    return {
        f"{PREFIX}-writer": {
            "description": "Egresswatch's indexer: adds and updates records, makes dated indices",
            # templates and lifecycles are looked at, not changed
            "cluster": ["monitor"],
            "indices": [
                {
                    "names": [ALL],
                    "privileges": ["create_index", "index", "read", "view_index_metadata"],
                    "allow_restricted_indices": False,
                }
            ],
        },
        f"{PREFIX}-reader": {
            "description": "Investigators and dashboards: search, and nothing else",
            "cluster": [],
            "indices": [
                {
                    "names": [ALL],
                    "privileges": ["read", "view_index_metadata"],
                    "allow_restricted_indices": False,
                }
            ],
        },
        f"{PREFIX}-admin": {
            "description": "`egresswatch index plan, apply, migrate, retention`",
            "cluster": ["manage_index_templates", "manage_ilm", "monitor"],
            "indices": [
                {
                    "names": [ALL],
                    "privileges": ["manage", "index", "read"],
                    "allow_restricted_indices": False,
                }
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
