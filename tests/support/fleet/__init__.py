"""A fleet of sub-processors, made up from a seed: a month of minutes, with labelled incidents.

    vendors    who there is: rates, rhythms, time zones, people, growth, habits
    rhythm     how much is expected in each minute, in local time and with holidays
    happenings what changes that: effects, with the harmless ones (campaigns, deploys, outages)
    incidents  the harmful ones, one function a kind, each with its label
    draw       counts from expectations: over-dispersed, and drawn together where services share
    traffic    counts into the `PartialSum`s that the scan stage would have written
    world      all of it: `Fleet(seed, scale)`

It is meant to be like vendor traffic, not like any model's assumptions: batches slip, retries come
in spikes, clocks change in spring, rare keys stay rare. Nothing here knows how it will be judged.
"""

from tests.support.fleet.incidents import KINDS
from tests.support.fleet.labels import Benign, Incident
from tests.support.fleet.scale import COARSE, DEVELOPMENT_SEEDS, FULL, MEDIUM, REPORT_SEEDS, Scale
from tests.support.fleet.world import Fleet

__all__ = [
    "COARSE",
    "DEVELOPMENT_SEEDS",
    "FULL",
    "KINDS",
    "MEDIUM",
    "REPORT_SEEDS",
    "Benign",
    "Fleet",
    "Incident",
    "Scale",
]
