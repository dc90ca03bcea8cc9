"""User names in logs of standard forms."""

import pytest

from tests.unit.scan.prose.reading import values


@pytest.mark.parametrize(
    ("line", "users"),
    [
        ('203.0.113.9 - jroe [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200', ["jroe"]),
        ('203.0.113.9 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200', []),
        ("sshd[12]: Accepted password for jroe from 203.0.113.9 port 22", ["jroe"]),
        ("sshd[12]: Failed password for invalid user admin from 203.0.113.9", []),
        ("level=info msg=login user=jroe77 took=3ms", ["jroe77"]),
        ("level=info msg=login user=null took=3ms", []),
    ],
)
def test_users(line: str, users: list[str]) -> None:
    assert values(line, "USERNAME") == users
