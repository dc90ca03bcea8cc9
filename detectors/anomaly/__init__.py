"""Is this usual? How partial sums become findings.

A key is (channel, sub-processor, sending service, category); the category `*` counts all requests
of the service, and is made up where a feed sums categories alone (`wholes`). Each key is one row of
a few arrays (`rows`), so that an hour of 100,000 keys is a few numpy operations. Sums wait in their
minute until the watermark has passed it.

As each minute closes
    novel       categories, destinations, services, fields, regions, users and roles that a
                sub-processor never had
    burst       the last 1, 3, 10, 30 and 60 minutes (`sliding`), against the hour of the week at
                its pace, and what a pause has `held` back
    fuller      values against the requests that held them, in a minute and in ten
    silence     services that have had no request at all for long: for more than some minutes, and
                for more than rates and clumps explain
    counterpart reads without a sending, sendings without a read: by trace, by time, by how much
As each hour closes
    quiet       drops of a service's requests, added up while they last, but for days off
                (`offdays`); once a day, what had nothing all of the day before
    ratios      what requests are made of: share of a category, values, people, hosts, bytes; falls
                of `shares` are judged as counts, `shifts` tells
    newcomers   who makes room where keys are too many; an explosion of them
    opinion     river's models and drift detectors, where configured
As each day closes
    leak        slow growth (`ramps`, on the `courses` that days take) of requests, of `people`, of
                values and people to a request, net of the fleet's

`season` knows what is usual: 48 bins (hour x weekday or weekend) with a discounted mean (`bins`), a
negative binomial's dispersion of hours, and of minutes and tens of minutes within them; `lessons`
teaches it. Which hours are a service's weekend, in its zone and its country, `clocks` finds out of
its traffic; in which weeks work may come an hour early or late is known (`daylight`). What is
little known leans on the sub-processor, the category and the fleet. `counts` turns a count into a
distance that is close to standard normal, `calibration` that into how often it happens without
cause: learnt from what keys without an alarm do, and by `tails` from what each key does besides;
compared with a bar that comes from the bearable false alarms of a key in a week, and raised by
itself where the fleet has more new incidents in a day than it should.

An attack must not become usual: an hour teaches at most its mean and three deviations, a silence
teaches nothing, and a key with an open alarm does not calibrate. Analysts' verdicts (`feedback`)
come as records among the sums: "expected" rescales what is usual, "false-positive" raises the bar
of the key, "true-positive" takes back what was learnt since its first alarm.

Of a service that does more of everything one key speaks (`siblings`); `report` and `explain` say it
in words, with the range, the visits it was learnt from, what did not move, and the search that
shows it. `baseline` is the stage and closes minutes, `closing` hours and days; `memory` is what
they remember. `persist` stores what changed: rows that had traffic, not those that had none.
`standing` tells people what is in force.

What comes out depends on the sums, the verdicts between them, and event time; not on batches. The
prior of new keys, calibration, false-discovery control, the fleet's rhythm and growth are of all
keys together, so that over Kafka each partition has its own.
"""

from detectors.anomaly.base import Model, Score
from detectors.anomaly.baseline import Baseline
from detectors.anomaly.settings import BaselineSettings

__all__ = ["Baseline", "BaselineSettings", "Model", "Score"]
