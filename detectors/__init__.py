"""detectors decides; pure: no clock, no I/O, no logging.

The data path, in the order a record takes it: `records` (the nouns), `decode` (a request into
leaves), `scan` (leaves into hits), `subprocessors` (a host into a vendor), `policy` (a flow into
verdicts), `windows` (flows into sums), `anomaly` (sums into findings).
"""
