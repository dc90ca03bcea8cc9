"""Reads without a sending, and sendings without a read: the two channels of one service compared.

A service that reads people's records for a sub-processor usually sends them there soon after. Where
both are watched, either alone is strange: a read that is not followed by egress may have gone
another way; egress that no read announces takes its data from where nobody watches.

    trace_join   by trace id where both sides bring one, over all services of a sub-processor
    couple       else by time: one (sub-processor, service), what waits for its counterpart, and how
                 often that came before
    balance, usual    where traffic never pauses: how much is read for how much is sent
    feeds        whether a channel is heard at all
    tracer, matcher   all of them, as minutes close: what the baseline stage calls
    telling, words    the findings and their sentences

Each is exact on what it claims. `couple`: within so many minutes before and after there was not one
event of the other channel. `trace_join`: of so many traces, none had one; where there are more than
a sum names, both sides name the same sample. `balance`: never was so much read, or sent, with so
little of the other around it. All claim it only of who has met often, on several days, and rarely
missed each other. What one has told the others do not tell again.
"""

from detectors.anomaly.counterpart.matcher import Matcher
from detectors.anomaly.counterpart.settings import CounterpartSettings

__all__ = ["CounterpartSettings", "Matcher"]
