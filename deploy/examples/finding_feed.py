"""A stream job to copy: each new finding on some data categories, as a line of JSON on stdout.

    egresswatch topics apply
    python finding_feed.py user.government_id user.financial | your-own-tool

As many processes as you like share the work: findings are partitioned by sub-processor. A restart
goes on where the job was. Faust delivers at least once, and when a process is killed it may repeat
a line or lose one: NOTHING THAT MUST BE EXACT MAY DEPEND ON SUCH A JOB. Alerts do not.

EGRESSWATCH_CONFIG is the configuration, with `runtime: kafka`; brokers, login and topics come from
it. Needs `pip install 'egresswatch[live]'`.
"""

import json
import os
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path

from detectors.records import Finding
from monitor.live.app import stream_job

MOST = 10_000
"""Ids that are remembered: a finding comes again whenever more is added to it."""

job = stream_job(Path(os.environ.get("EGRESSWATCH_CONFIG", "egresswatch.yaml")), "finding-feed")
wanted = tuple(sys.argv[1:])
known = OrderedDict[str, None]()


@job.app.agent(job.topics.findings)
async def tell(findings: AsyncIterator[Finding]) -> None:
    """What is kept in memory is bounded, and is gone at a restart."""
    async for one in findings:
        if one.id in known or not one.category.startswith(wanted):
            continue
        known[one.id] = None
        if len(known) > MOST:
            known.popitem(last=False)
        line = {"id": one.id, "subprocessor": one.subprocessor, "message": one.message}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    job.run()
