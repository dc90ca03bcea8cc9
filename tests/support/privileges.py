"""What a secured cluster would ask of a role, for the requests that a client really makes.

The cluster of the tests has no security, so its rules are repeated here: which action a request is
(the names that Elasticsearch's handlers give it) and which actions a privilege grants
(`IndexPrivilege` and `ClusterPrivilegeResolver` of Elasticsearch 9, `AuthorizationService` for the
items of bulk).
"""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import msgspec
from elasticsearch import Elasticsearch

INDEX_PRIVILEGES: Mapping[str, tuple[str, ...]] = {
    "read": ("indices:data/read/*", "indices:admin/resolve/index"),
    "index": (
        "indices:data/write/index*",
        "indices:data/write/bulk*",
        "indices:data/write/update*",
    ),
    "create_doc": (
        "indices:data/write/index",
        "indices:data/write/index:op_type/create",
        "indices:data/write/bulk*",
    ),
    "create_index": ("indices:admin/create", "indices:admin/auto_create"),
    "view_index_metadata": (
        "indices:admin/aliases/get",
        "indices:admin/get",
        "indices:admin/mappings/get",
        "indices:monitor/settings/get",
    ),
    "manage": ("indices:admin/*", "indices:monitor/*"),
}
CLUSTER_PRIVILEGES: Mapping[str, tuple[str, ...]] = {
    "manage_index_templates": ("indices:admin/template/*", "indices:admin/index_template/*"),
    "manage_ilm": ("cluster:admin/ilm/*",),
    "read_ilm": ("cluster:admin/ilm/get", "cluster:admin/ilm/operation_mode/get"),
    "monitor": ("cluster:monitor/*", "indices:monitor/*"),
}

_CLUSTER = (
    ("GET|HEAD", "/_index_template/[^/]+", "indices:admin/index_template/get"),
    ("PUT", "/_index_template/[^/]+", "indices:admin/index_template/put"),
    ("GET", "/_ilm/status", "cluster:admin/ilm/operation_mode/get"),
    ("GET", "/_ilm/policy/[^/]+", "cluster:admin/ilm/get"),
    ("PUT", "/_ilm/policy/[^/]+", "cluster:admin/ilm/put"),
)
_INDEX = (
    ("GET", "/([^/_][^/]*)/_alias", "indices:admin/aliases/get"),
    ("DELETE", "/([^/_][^/]*)/_alias/[^/]+", "indices:admin/aliases"),
    ("GET|HEAD", "/([^/_][^/]*)", "indices:admin/get"),
    ("PUT", "/([^/_][^/]*)", "indices:admin/create"),
    ("DELETE", "/([^/_][^/]*)", "indices:admin/delete"),
    ("POST", "/([^/_][^/]*)/_refresh", "indices:admin/refresh"),
    ("PUT", "/([^/_][^/]*)/_block/write", "indices:admin/block/add"),
    ("POST", "/([^/_][^/]*)/_search", "indices:data/read/search"),
    ("POST|GET", "/([^/_][^/]*)/_count", "indices:data/read/search"),
    ("POST", "/([^/_][^/]*)/_pit", "indices:data/read/open_point_in_time"),
    ("PUT|POST", "/([^/_][^/]*)/_create/[^/]+", "indices:data/write/index:op_type/create"),
)


class Needed(NamedTuple):
    """An action, and the index it is done to; none for actions on the cluster."""

    action: str
    index: str = ""


@contextmanager
def recorded(client: Elasticsearch, prefix: str) -> Generator[set[Needed]]:
    """What the client's requests need while this lasts, under the default prefix of indices."""
    found: set[Needed] = set()
    transport = client.transport
    perform = transport.perform_request

    def recording(method: str, target: str, **options: Any) -> Any:
        path = target.partition("?")[0].replace("%2C", ",").replace("%2A", "*")
        for need in _needed(method, path, options.get("body")):
            found.add(need._replace(index=need.index.replace(prefix, "egresswatch", 1)))
        return perform(method, target, **options)

    transport.perform_request = recording  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield found
    finally:
        transport.perform_request = perform


def granted(role: Mapping[str, Any], need: Needed) -> bool:
    """Whether a role may do that. A pattern of indices reaches those that the role may see, and
    where it may see none the request has nothing to do."""
    if not need.index:
        return _allows(need.action, role["cluster"], CLUSTER_PRIVILEGES)
    if "*" in need.index:
        return True
    return any(
        _allows(need.action, grant["privileges"], INDEX_PRIVILEGES)
        for grant in role["indices"]
        if any(fnmatchcase(need.index, pattern) for pattern in grant["names"])
    )


def lesser(role: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The role without one of its privileges, for each of them."""
    for one in role["cluster"]:
        yield one, {**role, "cluster": [other for other in role["cluster"] if other != one]}
    for number, grant in enumerate(role["indices"]):
        for one in grant["privileges"]:
            rest = {**grant, "privileges": [p for p in grant["privileges"] if p != one]}
            indices = [*role["indices"][:number], rest, *role["indices"][number + 1 :]]
            yield f"{one} on {grant['names'][0]}", {**role, "indices": indices}


def _allows(action: str, privileges: Iterable[str], known: Mapping[str, tuple[str, ...]]) -> bool:
    """A privilege is a known name, or an action's own."""
    patterns = [pattern for name in privileges for pattern in known.get(name, (name,))]
    return any(fnmatchcase(action, pattern) for pattern in patterns)


def _needed(method: str, path: str, body: Any) -> Iterator[Needed]:
    if path == "/_bulk":
        yield from _of_bulk(body)
    elif path == "/_mget":
        for one in body["docs"]:
            yield Needed("indices:data/read/mget", one["_index"])
    elif path == "/_aliases":
        for action in body["actions"]:
            for kind, told in action.items():
                done = "indices:admin/delete" if kind == "remove_index" else "indices:admin/aliases"
                yield from (Needed(done, told[name]) for name in ("index", "alias") if name in told)
    elif path in {"/_pit", "/_search"}:
        return  # of a point in time, whose index was asked for when it was opened
    else:
        yield from _of_path(method, path)


def _of_path(method: str, path: str) -> Iterator[Needed]:
    for methods, pattern, action in _CLUSTER:
        if method in methods.split("|") and re.fullmatch(pattern, path):
            yield Needed(action)
            return
    for methods, pattern, action in _INDEX:
        if method in methods.split("|") and (found := re.fullmatch(pattern, path)):
            yield from (Needed(action, name) for name in found[1].split(","))
            return
    raise AssertionError(f"no action is known for {method} {path}")


def _of_bulk(lines: list[bytes]) -> Iterator[Needed]:
    for line in lines[::2]:
        for kind, told in msgspec.json.decode(line).items():
            yield Needed("indices:data/write/bulk", told["_index"])
            yield Needed(f"indices:data/write/index:op_type/{kind}", told["_index"])
