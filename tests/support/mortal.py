"""Processes that die at chosen points: before and after any statement of a database."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any


class Killed(BaseException):
    """The process dies here."""


class Fate:
    """Counts the points where a process can die; the next death comes after so many of them."""

    def __init__(self, deaths: Iterable[int]) -> None:
        self._deaths: Iterator[int] = iter(deaths)
        self._left = next(self._deaths, -1)
        self.died = 0
        self.points = 0

    def point(self) -> None:
        self.points += 1
        if self._left == 0:
            self._left = next(self._deaths, -1)
            self.died += 1
            raise Killed
        self._left -= 1


class MortalConnection(sqlite3.Connection):
    """A connection whose process can die before and after every statement."""

    fate: Fate

    def execute(self, *args: Any) -> sqlite3.Cursor:
        self.fate.point()
        cursor = super().execute(*args)
        self.fate.point()
        return cursor

    def executemany(self, *args: Any) -> sqlite3.Cursor:
        self.fate.point()
        cursor = super().executemany(*args)
        self.fate.point()
        return cursor
