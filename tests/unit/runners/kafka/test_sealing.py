"""Payloads of dead letters can be read with the private key alone, and only as what they are."""

import pytest

from monitor.runners.kafka.base import Taken
from monitor.runners.kafka.sealing import HEADER, LONGEST, Opener, Sealer, new_keys

RECORD = Taken("egress", 3, 17, b"key", b"{broken jane@example.com", "har")


def test_what_is_sealed_opens_with_the_private_key() -> None:
    private, public = new_keys()
    sealed = Sealer(public).seal(RECORD)[HEADER]
    payload = Opener(private + "\n").open(sealed, "egress/3", 17)
    assert (payload.key, payload.value, payload.form) == (b"key", RECORD.value, "har")
    assert "jane" not in repr(payload)
    assert Sealer(public).seal(RECORD)[HEADER] != sealed, "equal payloads look different"


def test_another_key_or_another_place_opens_nothing_and_quotes_nothing() -> None:
    (private, public), (other, _) = new_keys(), new_keys()
    sealed = Sealer(public).seal(RECORD)[HEADER]
    with pytest.raises(ValueError, match="sealed with another key") as caught:
        Opener(other).open(sealed, "egress/3", 17)
    assert "jane" not in str(caught.value)
    with pytest.raises(ValueError, match="of another record"):
        Opener(private).open(sealed, "egress/3", 18)


@pytest.mark.parametrize("text", ["", "5a5a", "zz" * 32])
def test_what_is_no_private_key_is_refused_without_it(text: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits") as caught:
        Opener(text)
    assert not text or text not in str(caught.value)


def test_nothing_is_kept_without_a_key_or_without_room() -> None:
    assert Sealer(None).seal(RECORD) == {}
    _, public = new_keys()
    long = Taken("egress", 0, 0, b"", b"x" * (LONGEST + 1), "")
    assert Sealer(public).seal(long) == {}
