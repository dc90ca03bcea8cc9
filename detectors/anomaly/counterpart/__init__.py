"""Reads without a sending, and sendings without a read: the two channels of one service compared.

A service that reads people's records for a sub-processor usually sends them there soon after. Where
both are watched, either alone is strange: a read that is not followed by egress may have gone
another way; egress that no read announces takes its data from where nobody watches.

    couple   one (sub-processor, service): what waits for its counterpart, how often it came before
    matcher  all couples, as minutes close: what the baseline stage calls
    words    the sentences

It is exact on what it claims: within so many minutes before and after there was not one event of
the other channel. It claims so only of a couple whose channels have met often, on several days, and
rarely missed each other. It is blind where traffic never pauses, since events are not matched one
by one: a sum has no trace ids.
"""

from detectors.anomaly.counterpart.matcher import Matcher
from detectors.anomaly.counterpart.settings import CounterpartSettings

__all__ = ["CounterpartSettings", "Matcher"]
