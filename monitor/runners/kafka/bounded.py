"""An end to calls that may never return."""

from collections.abc import Callable
from threading import Thread


def within(seconds: float, call: Callable[[], object]) -> None:
    """Makes a call and raises what it raises; TimeoutError where it is not back in time.

    It is made in a thread of its own, which is then left behind: nothing can end it, and it keeps
    no process from ending.
    """
    failures: list[Exception] = []

    def run() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            failures.append(error)

    thread = Thread(target=run, name="bounded", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if failures:
        raise failures[0]
