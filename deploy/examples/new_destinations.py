"""A stream job to copy: tells each host that a sub-processor's traffic goes to for the first time.

    egresswatch topics apply
    python new_destinations.py worker            # as many processes as you like share the work

One line of JSON on stdout for each new pair. The hosts are in a Faust table, whose changelog topic
brings them back after a restart. Faust delivers at least once, and may lose or repeat a line when a
process is killed: NOTHING THAT MUST BE EXACT MAY DEPEND ON SUCH A JOB. Egresswatch's own alerts on
new destinations do not.

EGRESSWATCH_CONFIG is the configuration, with `runtime: kafka`; brokers, login and topics come from
it. Needs `pip install 'egresswatch[live]'`.
"""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

from detectors.records import PartialSum
from monitor.live.app import stream_job

MOST = 1_000
"""Hosts kept of one sub-processor: a table is in memory, and must not grow for ever."""

job = stream_job(Path(os.environ.get("EGRESSWATCH_CONFIG", "egresswatch.yaml")), "new-destinations")
app = job.app

# a table over sums needs as many partitions as they have: an entry is where its sums are
known = app.Table("known", default=list, partitions=job.keyed)


@app.agent(job.topics.sums)
async def tell(sums: AsyncIterator[PartialSum]) -> None:
    """Sums are partitioned by sub-processor, so that one process sees all of one of them."""
    async for one in sums:
        hosts = known[one.subprocessor]
        fresh = [host for host in one.destinations if host not in hosts]
        if fresh and len(hosts) < MOST:
            known[one.subprocessor] = [*hosts, *fresh]
            for host in fresh:
                print(json.dumps({"subprocessor": one.subprocessor, "host": host}), flush=True)


if __name__ == "__main__":
    app.main()
