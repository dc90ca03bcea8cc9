"""Public real series as fleets, with incidents put in: what a simulator of our own cannot show.

    archives  tables inside packages that were downloaded; nothing of them is copied here
    rates     hourly counts of cities' bicycles and cars as the rates of services
    logs      events as they were: invoices of a shop, departures of airlines
    happened  what an incident's effects do to such a log
    fleets    both as `Fleet`s: `tests.support.fleet` puts the incidents in and judges

Taken is what counts something in hours or minutes, around the clock, for four weeks and more. Left
out of the same packages are occupied parking spaces (a stock, by day only), flows of water (hardly
any rhythm), power, weather, and everything by days.

What the series do by themselves - holidays, storms, sensors that stand still - is not labelled: an
alarm about it counts as false, and a reader of the list has to judge it.
"""

from tests.support.public.fleets import LogFleet, PublicFleet, RateFleet, TweetFleet
from tests.support.public.logs import flights, invoices
from tests.support.public.rates import hourly_series, tweets

__all__ = [
    "LogFleet",
    "PublicFleet",
    "RateFleet",
    "TweetFleet",
    "flights",
    "hourly_series",
    "invoices",
    "tweets",
]
