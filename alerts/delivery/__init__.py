"""Delivery: the decision to tell commits with the state; a deliverer sends, and records it."""

from alerts.delivery.deliverer import Deliverer, Report
from alerts.delivery.ledger import Delivery, ledger
from alerts.delivery.outbox import Outbox, delivery_key
from alerts.delivery.retry import RetryPolicy
from alerts.delivery.thread import DelivererThread

__all__ = [
    "Deliverer",
    "DelivererThread",
    "Delivery",
    "Outbox",
    "Report",
    "RetryPolicy",
    "delivery_key",
    "ledger",
]
