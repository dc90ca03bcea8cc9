"""A service of the tests never outlives them, not even where they are killed."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reaped(pid: int) -> Iterator[None]:
    """Kills the process at the end of the block, or at the end of this program."""
    # its input ends when this program does, however that ends
    reaper = subprocess.Popen(
        ["/bin/sh", "-c", 'read _; kill -9 "$1" 2> /dev/null', "reaper", str(pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        assert reaper.stdin
        reaper.stdin.close()
        reaper.wait()
