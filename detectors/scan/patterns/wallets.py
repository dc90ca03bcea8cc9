"""Wallets of cryptocurrencies: addresses whose checksum is right; nothing else is taken for one."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.patterns.cues import Cues, default_cues
from detectors.scan.patterns.keccak import keccak256

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_CANDIDATE = re.compile(
    r"\b(?:0x[0-9a-fA-F]{40}|(?:bc1|tb1|ltc1|BC1|LTC1)[0-9a-zA-Z]{25,87}|[13LMDTr9A][1-9A-HJ-NP-Za-km-z]{24,34})\b",
    re.ASCII,
)
_SIGNS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_AS_SIGN = bytes.maketrans(_SIGNS, b"a" * len(_SIGNS))
_RUN = b"a" * 25
_DIGIT = re.compile(r"[0-9]")
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUMS: Final = frozenset([1, 0x2BC830A3])
_VERSIONS: Final = frozenset([0x00, 0x05, 0x30, 0x32, 0x1E, 0x16, 0x41])
"""Bitcoin, Litecoin, Dogecoin and Tron; Ripple's is 0 in its own alphabet."""


class WalletRecogniser:
    """Bitcoin (base58 and bech32), Litecoin, Dogecoin, Tron, Ripple and Ethereum addresses."""

    name = "WalletRecogniser"
    entities = frozenset(["CRYPTO"])

    def __init__(self, cues: Cues) -> None:
        self._cues = cues

    def may_match(self, text: str) -> bool:
        return _RUN in text.encode("ascii", "replace").translate(_AS_SIGN)

    def find(self, leaf: Leaf) -> Iterator[Hit]:
        for match in _CANDIDATE.finditer(leaf.text):
            score = self._score(leaf, match) if _DIGIT.search(match[0]) else 0.0
            if score:
                yield Hit(leaf, "CRYPTO", *match.span(), score, "checksum")

    def _score(self, leaf: Leaf, match: re.Match[str]) -> float:
        address = match[0]
        if address.startswith("0x"):
            digits = address[2:]
            if digits == digits.lower() or digits == digits.upper():
                return 0.6 if "CRYPTO" in self._cues.named(leaf, match.start()) else 0.0
            return 1.0 if checksummed(digits) else 0.0
        if address[:3].lower() in {"bc1", "tb1", "ltc"}:
            return 1.0 if bech32(address) else 0.0
        alphabet = _RIPPLE if address[0] == "r" else _BASE58
        return 1.0 if base58check(address, alphabet) else 0.0


def base58check(address: str, alphabet: str = _BASE58) -> bool:
    """Whether the last four bytes are the hash of the 21 before them."""
    number = 0
    for sign in address:
        digit = alphabet.find(sign)
        if digit < 0:
            return False
        number = number * 58 + digit
    if number.bit_length() > 200:
        return False
    data = number.to_bytes(25, "big")
    digest = sha256(sha256(data[:-4]).digest()).digest()
    return data[0] in _VERSIONS and digest[:4] == data[-4:]


def bech32(address: str) -> bool:
    """The checksum of BIP 173 and BIP 350."""
    if address != address.lower() and address != address.upper():
        return False
    prefix, _, data = address.lower().rpartition("1")
    values = [_BECH32.find(sign) for sign in data]
    if -1 in values or len(values) < 7 or not prefix:
        return False
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    return _polymod(expanded + values) in _CHECKSUMS


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            checksum ^= generator if (top >> bit) & 1 else 0
    return checksum


def checksummed(digits: str) -> bool:
    """EIP-55: the capitals among the hex digits are told by the hash of the small ones."""
    digest = keccak256(digits.lower().encode("ascii")).hex()
    return all(
        sign.isdigit() or sign.isupper() == (int(nibble, 16) > 7)
        for sign, nibble in zip(digits, digest, strict=False)
    )


def wallet_recognisers() -> list[WalletRecogniser]:
    return [WalletRecogniser(default_cues())]
