"""Cards, bank accounts and wallets: everything here has a check digit or a checksum."""

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.keys import KeyNames
from detectors.scan.presidio import Choice, PresidioRecogniser, load
from detectors.scan.shapes import card_number

_MASTERCARD_2 = r"\b2[2-7]\d{2}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}\b"
_AMEX_GROUPED = r"\b3[47]\d{2}[- ]\d{6}[- ]\d{5}\b"


def money_recognisers(keys: KeyNames) -> list[PresidioRecogniser]:
    """Presidio's card, IBAN and crypto recognisers, and cards that issuers issue only."""

    def issued(leaf: Leaf, hit: Hit) -> Hit | None:
        """Luhn alone lets every tenth time stamp, span id and phone number pass."""
        if not card_number(hit.value) or _is_phone(leaf, hit, keys):
            return None
        grouped = not hit.value.isdigit()
        spoken_of = not keys.decide(leaf.keys).about
        alone = len(hit.value) == len(leaf.text)
        return hit if grouped or spoken_of or not alone else None

    return load(
        (
            Choice(
                "CreditCardRecognizer",
                r"(?<!\d)(?!1\d{12}(?!\d))[1-6]\d{3}[- ]?\d{3}[\d -]{5,11}(?!\d)",
                refine=issued,
                extra=(_MASTERCARD_2, _AMEX_GROUPED),
            ),
            Choice("IbanRecognizer", r"[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]{4}"),
            Choice("CryptoRecognizer", r"(?:[bB][cC]1|[13])\w{25}"),
        )
    )


def _is_phone(leaf: Leaf, hit: Hit, keys: KeyNames) -> bool:
    """No card is written with a plus sign, nor stands under a phone's key."""
    if leaf.text[: hit.start].rstrip("( ").endswith("+"):
        return True
    return any(one.entity == "PHONE_NUMBER" for one in keys.decide(leaf.keys).options)
