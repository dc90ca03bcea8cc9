"""Tuning without code: one YAML file of thresholds, allow-lists, recognisers and regions.

    regions: [de, fr]          # country packs; without the line: all of them
    thresholds:
      default: 0.5
      categories: {user.name: 0.7}
      subprocessors:
        mailer: {categories: {user.contact: 0.9}}
    allow:
      - id: support-mailbox
        owner: privacy@example.com
        reason: our own role address, printed on every mail
        expires: 2027-03-31
        value: {exact: [support@example.com], suffix: ['@notifications.example.com']}
      - id: demo-account
        owner: qa@example.com
        reason: a made-up person
        expires: 2027-01-31
        value: {hashed: [5f70bf18...]}     # of `hashed(key, category, value)`: no raw value here
        subprocessors: [analytics]
    recognisers:
      - {name: customer-number, entity: CUSTOMER_NUMBER, ...}   # detectors.scan.custom.own
    presidio: {recognizers: [...]}         # Presidio's own format
    presidio_classes: [acme.privacy.BadgeRecognizer]

`parse_tuning` gives a `Tuning`, or every problem of the file with its line. The scanner takes its
recognisers; `apply` comes after attribution, since both the threshold and the allow-lists may be
for one sub-processor:

    scanner = build_scanner(contract, tuning=tuning)
    hits = scanner.scan(decoded)
    owner = registry.attribute(host, ip)
    kept, suppressed = tuning.apply(hits, owner.subprocessor, event.timestamp)
"""

from detectors.scan.tuning.allow import AllowList, hashed
from detectors.scan.tuning.model import Allow, Thresholds, TuningFile
from detectors.scan.tuning.parse import parse_tuning
from detectors.scan.tuning.tuning import Tuned, Tuning, untuned

__all__ = [
    "Allow",
    "AllowList",
    "Thresholds",
    "Tuned",
    "Tuning",
    "TuningFile",
    "hashed",
    "parse_tuning",
    "untuned",
]
