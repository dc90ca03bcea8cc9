"""The register of sub-processors: hosts, domains, addresses and principals, each to its vendor."""

import re
from collections import Counter
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from detectors.subprocessors.domains import (
    is_host_name,
    is_public_suffix,
    normalise,
    registrable,
    storable,
)
from detectors.yamlfile import StrictModel, load

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

UNKNOWN = "unknown"
"""The sub-processor of an event that names no destination."""


def _domain(value: str) -> str:
    domain = normalise(value)
    if not domain or is_public_suffix(domain) or "/" in domain or ":" in domain:
        raise ValueError("a registrable domain such as example.com is expected")
    return domain


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("a network such as 192.0.2.0/24 is expected") from None


class Subprocessor(StrictModel):
    """One vendor that personal data may go to."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", examples=["stripe"])
    name: str = Field(default="", description="As people write it", examples=["Stripe"])
    domains: list[Annotated[str, AfterValidator(_domain)]] = Field(
        default=[], description="Domains, with everything under them", examples=[["stripe.com"]]
    )
    hosts: list[str] = Field(default=[], description="Exact hosts", examples=[["api.example.net"]])
    cidrs: list[Annotated[str, AfterValidator(_network)]] = Field(
        default=[], description="Address ranges", examples=[["192.0.2.0/24"]]
    )
    principals: list[str] = Field(
        default=[], description="Its accounts in access logs", examples=[["svc-stripe"]]
    )
    purpose: str = Field(default="", examples=["payments"])
    owner: str = Field(
        default="", description="The team that answers for it", examples=["payments-team"]
    )

    @property
    def title(self) -> str:
        return self.name or self.id


class RegistryFile(StrictModel):
    """The register as people write it."""

    subprocessors: list[Subprocessor] = Field(default=[])

    @model_validator(mode="after")
    def _each_id_once(self) -> "RegistryFile":
        counts = Counter(one.id for one in self.subprocessors)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise ValueError(f"each id once, but these come twice: {', '.join(twice)}")
        return self


class Attribution(NamedTuple):
    """Whom a destination belongs to, and the part of its name that may be stored."""

    subprocessor: str
    registered: bool
    destination: str


class Registry:
    """Looks destinations up: exact host first, then the longest domain, then address ranges."""

    def __init__(self, subprocessors: list[Subprocessor]) -> None:
        self.subprocessors = {one.id: one for one in subprocessors}
        self._hosts = {normalise(host): one.id for one in subprocessors for host in one.hosts}
        self._domains = {domain: one.id for one in subprocessors for domain in one.domains}
        self._principals = {name: one.id for one in subprocessors for name in one.principals}
        self._networks: list[tuple[IPv4Network | IPv6Network, str]] = [
            (ip_network(cidr), one.id) for one in subprocessors for cidr in one.cidrs
        ]
        self.attribute = lru_cache(maxsize=20_000)(self._attribute)

    def title(self, subprocessor: str) -> str:
        """Its name for people; an unregistered one's is its domain."""
        known = self.subprocessors.get(subprocessor)
        return known.title if known else subprocessor

    def principal(self, name: str) -> Attribution:
        """The sub-processor that an account in an access log belongs to."""
        found = self._principals.get(name)
        return Attribution(found or UNKNOWN, found is not None, "")

    def named(self, subprocessor: str) -> Attribution:
        """A sub-processor that the event names itself."""
        known = subprocessor in self.subprocessors
        named = subprocessor if known or _ID.fullmatch(subprocessor) else UNKNOWN
        return Attribution(named, known, "")

    def _attribute(self, domain: str, ip: str) -> Attribution:
        """The sub-processor of a destination; its registrable domain where none is registered."""
        host, address = normalise(domain), normalise(ip)
        if not is_host_name(host):
            host = ""
        address = address if _is_address(address) else host
        found = self._hosts.get(host) or self._by_domain(host) or self._by_address(address)
        if _is_address(host):
            return Attribution(found or host, found is not None, host)
        if not host:
            return Attribution(found or address or UNKNOWN, found is not None, address)
        return Attribution(found or registrable(host), found is not None, storable(host))

    def _by_domain(self, host: str) -> str | None:
        while host:
            if host in self._domains:
                return self._domains[host]
            _, _, host = host.partition(".")
        return None

    def _by_address(self, text: str) -> str | None:
        if not self._networks or not _is_address(text):
            return None
        address = ip_address(text)
        return next((owner for network, owner in self._networks if address in network), None)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def load_registry(text: str, file: str) -> Registry:
    """The register in a YAML text, or ConfigError."""
    return Registry(load(RegistryFile, text, file).subprocessors)
