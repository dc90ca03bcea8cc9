"""Payloads of dead letters, sealed: who writes them has the public key only and cannot read them.

libsodium's sealed boxes (X25519 with a key of their own each, XSalsa20-Poly1305), in a header of
the dead letter's record. What is sealed names its place, so that no payload can be passed off as
another's.
"""

from base64 import b64decode, b64encode
from binascii import Error as NoBase64

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from monitor.runners.kafka.base import Taken

HEADER = "egresswatch-sealed"
LONGEST = 512 * 1024
"""Bytes of a payload that is kept. Sealed and in base64 it has to fit into a record."""


class Payload(msgspec.Struct):
    """A refused record as it was. It holds personal data: no repr."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    form: str

    def __repr__(self) -> str:
        return f"<the payload of {self.topic}/{self.partition} at {self.offset}>"


def new_keys() -> tuple[str, str]:
    """A private key and its public one, 64 hexadecimal digits each."""
    private = PrivateKey.generate()
    return bytes(private).hex(), bytes(private.public_key).hex()


class Sealer:
    """Seals for whoever has the private key of a public one."""

    def __init__(self, public_key: str | None) -> None:
        """64 hexadecimal digits; None seals nothing."""
        self._box = SealedBox(PublicKey(bytes.fromhex(public_key))) if public_key else None

    def seal(self, record: Taken) -> dict[str, str]:
        """The header that holds the record; none without a key, a value, or the room."""
        if self._box is None or not record.value or len(record.value) > LONGEST:
            return {}
        payload = Payload(
            record.topic, record.partition, record.offset, record.key, record.value, record.form
        )
        return {HEADER: b64encode(self._box.encrypt(msgspec.msgpack.encode(payload))).decode()}


class Opener:
    """Opens what was sealed for a private key."""

    def __init__(self, private_key: str) -> None:
        """ValueError, without the key in it, for what is none."""
        try:
            self._box = SealedBox(PrivateKey(bytes.fromhex(private_key.strip())))
        except (ValueError, TypeError, CryptoError):
            problem = "not a private key: it has 64 hexadecimal digits, see `dead-letters new-key`"
            raise ValueError(problem) from None

    def open(self, sealed: str, partition: str, offset: int) -> Payload:
        """The payload of the record at this place; ValueError where it is not."""
        try:
            data = self._box.decrypt(b64decode(sealed))
            payload = msgspec.msgpack.decode(data, type=Payload)
        except (CryptoError, NoBase64, msgspec.DecodeError):
            raise ValueError(
                f"the payload of {partition} at {offset} was sealed with another key"
            ) from None
        if (f"{payload.topic}/{payload.partition}", payload.offset) != (partition, offset):
            raise ValueError(f"the payload beside {partition} at {offset} is of another record")
        return payload
