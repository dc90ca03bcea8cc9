"""Keccak-256 as Ethereum uses it, which is not the SHA3-256 of hashlib (another padding)."""

from typing import Final

_RATE: Final = 136
_MASK: Final = (1 << 64) - 1


def _round_constants() -> list[int]:
    constants: list[int] = []
    register = 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


_CONSTANTS: Final = _round_constants()


def _rotated(lane: int, by: int) -> int:
    by %= 64
    return ((lane << by) | (lane >> (64 - by))) & _MASK


def _permute(lanes: list[list[int]]) -> list[list[int]]:
    for constant in _CONSTANTS:
        parity = [a ^ b ^ c ^ d ^ e for a, b, c, d, e in lanes]
        mixed = [parity[x - 1] ^ _rotated(parity[(x + 1) % 5], 1) for x in range(5)]
        lanes = [[lanes[x][y] ^ mixed[x] for y in range(5)] for x in range(5)]
        x, y = 1, 0
        current = lanes[x][y]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, lanes[x][y] = lanes[x][y], _rotated(current, (step + 1) * (step + 2) // 2)
        lanes = [
            [
                lanes[x][y] ^ (~lanes[(x + 1) % 5][y] & lanes[(x + 2) % 5][y] & _MASK)
                for y in range(5)
            ]
            for x in range(5)
        ]
        lanes[0][0] ^= constant
    return lanes


def keccak256(data: bytes) -> bytes:
    """The digest of 32 bytes."""
    padding = bytearray(_RATE - len(data) % _RATE)
    padding[0] ^= 1
    padding[-1] ^= 0x80
    padded = data + bytes(padding)
    lanes = [[0] * 5 for _ in range(5)]
    for block in range(0, len(padded), _RATE):
        for at in range(_RATE // 8):
            word = int.from_bytes(padded[block + 8 * at : block + 8 * at + 8], "little")
            lanes[at % 5][at // 5] ^= word
        lanes = _permute(lanes)
    return b"".join(lanes[at][0].to_bytes(8, "little") for at in range(4))
