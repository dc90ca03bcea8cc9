"""Who there is: sub-processors, the services that send to them, and how each of them behaves."""

from dataclasses import dataclass, field

import numpy as np

from tests.support.fleet.scale import Scale

CATEGORIES = (
    "user.contact.email",
    "user.contact.phone_number",
    "user.name",
    "user.contact.address.street",
    "user.contact.address.postal_code",
    "user.device.ip_address",
    "user.unique_id",
    "user.financial.bank_account",
    "user.demographic.date_of_birth",
    "user.location",
    "user.account.username",
    "user.health_and_medical",
)
ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "UTC")
_ZONE_SHARES = (0.35, 0.15, 0.25, 0.1, 0.05, 0.1)
RHYTHMS = ("office", "consumer", "machine", "cron", "nightly", "weekly", "sparse")
_RHYTHM_SHARES = (0.28, 0.24, 0.12, 0.08, 0.16, 0.04, 0.08)
_RATES = {  # events a minute at the busiest, or in the batch
    "office": (0.3, 60),
    "consumer": (0.5, 120),
    "machine": (0.1, 40),
    "cron": (2, 60),
    "nightly": (5, 200),
    "weekly": (20, 300),
    "sparse": (0.01, 0.05),
}


@dataclass(frozen=True)
class Share:
    """One category of a stream: in what share of its requests, how many values in such a request,
    how many people to a value, and where in the payload."""

    name: str
    requests: float
    values: float
    people: float
    fields: tuple[str, ...]


@dataclass
class Stream:
    """What one service sends to one sub-processor (or reads for it, channel `access`)."""

    subprocessor: str
    service: str
    rhythm: str
    zone: str
    rate: float
    dispersion: float
    """Of one minute: the shape of its gamma; small is wild."""
    wander: float
    """Standard deviation of the slow noise, in logarithms."""
    growth: float
    """A day, in logarithms."""
    spikes: float
    """Retry storms a day."""
    start_day: int
    batch_minute: int
    batch_length: int
    bytes_each: float
    population: int
    destinations: tuple[str, ...]
    shares: tuple[Share, ...]
    follows: "Stream | None" = None
    """The service of the same vendor whose slow noise it shares."""
    reads: bool = False
    """It writes an access record for what it sends."""
    offset: float = field(default=0.0)
    traced: bool = False
    """Its requests and reads bring trace ids."""


def make_streams(rng: np.random.Generator, scale: Scale) -> list[Stream]:
    """One or two services for each sub-processor."""
    streams: list[Stream] = []
    for number in range(scale.subprocessors):
        first = _stream(rng, scale, f"vendor-{number:02d}", "main", None)
        streams.append(first)
        if rng.random() < 0.3:
            streams.append(_stream(rng, scale, first.subprocessor, "second", first))
    return streams


def _stream(
    rng: np.random.Generator, scale: Scale, vendor: str, role: str, follows: Stream | None
) -> Stream:
    rhythm = RHYTHMS[rng.choice(len(RHYTHMS), p=_RHYTHM_SHARES)]
    if follows and follows.rhythm == "weekly":
        rhythm = "office"
    late = follows is None and rng.random() < 0.1
    return Stream(
        subprocessor=vendor,
        service=f"{role}-{vendor}",
        rhythm=rhythm,
        zone=follows.zone if follows else ZONES[rng.choice(len(ZONES), p=_ZONE_SHARES)],
        rate=float(np.exp(rng.uniform(*np.log(_RATES[rhythm])))),
        dispersion=float(np.exp(rng.uniform(np.log(1.5), np.log(40)))),
        wander=float(rng.uniform(0.05, 0.35)),
        growth=float(rng.normal(0.002, 0.004)),
        spikes=float(rng.choice([0.0, 0.0, 0.0, 0.15, 0.5])),
        start_day=int(rng.integers(2, scale.quiet_days - 5)) if late else 0,
        batch_minute=int(rng.integers(0, 6 * 60)),
        batch_length=int(rng.integers(5, 75)),
        bytes_each=float(np.exp(rng.uniform(np.log(300), np.log(8_000)))),
        population=int(rng.choice([300, 3_000, 30_000, 300_000])),
        destinations=follows.destinations if follows else _hosts(rng, vendor),
        shares=follows.shares if follows else _shares(rng, scale),
        follows=follows,
        reads=rng.random() < 0.3,
        offset=float(rng.normal(0, 45)),
        traced=scale.traces and scale.step == 1 and int(vendor.rpartition("-")[2]) % 2 == 1,
    )


def _hosts(rng: np.random.Generator, vendor: str) -> tuple[str, ...]:
    return tuple(f"{name}.{vendor}.test" for name in ("api", "eu", "in")[: rng.integers(1, 4)])


def _shares(rng: np.random.Generator, scale: Scale) -> tuple[Share, ...]:
    """Most requests carry one main category; others come with some of them."""
    names = rng.choice(len(CATEGORIES), scale.categories, replace=False)
    requests = np.sort(rng.beta(0.8, 1.2, scale.categories).clip(0.08, 0.98))[::-1]
    return tuple(
        Share(
            name=CATEGORIES[index],
            requests=float(share),
            values=float(1 + rng.gamma(0.6, 2.5)),
            people=float(rng.uniform(0.15, 1.0)),
            fields=tuple(f"$.{part}.{CATEGORIES[index].split('.')[-1]}" for part in ("to", "user")),
        )
        for index, share in zip(names, requests, strict=True)
    )
