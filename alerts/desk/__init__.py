"""The desk: every incident that is open, and the way from it to a message. It decides whether, when
and of which group people are told; `alerts.routing` decides who.

    note ──► group, wait ──► mute (silences, maintenance, inhibition, flapping)
         ──► what is new to those who were told? ──► storm ──► message

Read on in `desk.desk`. Pure: state, input and `now` give the outcome, and nothing is read
but what it is handed. A runner commits what `tell` returns together with `changes`, and restores
both after a crash: so a decision is neither lost nor made twice.
"""

from alerts.desk.desk import Desk, Outcome

__all__ = ["Desk", "Outcome"]
