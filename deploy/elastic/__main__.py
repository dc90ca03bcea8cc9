"""Writes the files of this folder anew: `python -m deploy.elastic`."""

import json
from pathlib import Path

from deploy.elastic.kibana import ndjson
from deploy.elastic.roles import api_keys, roles

FOLDER = Path(__file__).parent


def files() -> dict[str, str]:
    """Their texts by name."""
    return {
        "kibana.ndjson": ndjson(),
        "roles.json": json.dumps(roles(), indent=2) + "\n",
        "api-keys.json": json.dumps(api_keys(), indent=2) + "\n",
    }


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text)
