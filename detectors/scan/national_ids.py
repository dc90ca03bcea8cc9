"""Official identity numbers of some twenty countries."""

import re

from detectors.decode.base import Leaf
from detectors.scan.base import Hit
from detectors.scan.presidio import Choice, PresidioRecogniser, load

_UPPER_OR_ALONE = re.compile(r"[A-Z]")


def _in_capitals(_leaf: Leaf, hit: Hit) -> Hit | None:
    """Presidio ignores case; a lower-case `12345678z` is a piece of a hash rather than a NIF."""
    return hit if hit.value == hit.value.upper() else None


def national_id_recognisers() -> list[PresidioRecogniser]:
    """Presidio's, where a check digit or a strong shape backs them.

    Bare digits with one check digit need their context: every tenth order number passes.
    """
    return load((*_STRONG, *_IN_CONTEXT))


_STRONG = (
    Choice("UsSsnRecognizer", r"\d{3}[- .]\d{2}[- .]\d{4}", weakest=0.5),
    Choice("UsItinRecognizer", r"9\d{2}[- ]\d{2}[- ]\d{4}", weakest=0.5),
    Choice("UsMbiRecognizer", r"\d\w\w\d-\w\w\d-\w\w\d\d", weakest=0.5, refine=_in_capitals),
    Choice("UkNinoRecognizer", r"\w\w ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?\w", refine=_in_capitals),
    Choice("UkDrivingLicenceRecognizer", r"\w{5}\d{6}\w{5}", refine=_in_capitals),
    Choice("EsNifRecognizer", r"[0-9]{7}-?\w", refine=_in_capitals),
    Choice("EsNieRecognizer", r"[0-9]{7}-?\w", refine=_in_capitals),
    Choice("ItFiscalCodeRecognizer", r"\w{6}\w{2}\w\w{2}\w{5}"),
    Choice("FiPersonalIdentityCodeRecognizer", r"\d{6}[-+A-Y]\d{3}\w", weakest=0.5),
    Choice("DeSocialSecurityRecognizer", r"\d{8}\w\d{3}", refine=_in_capitals),
    Choice("InPanRecognizer", r"\w{5}[0-9]{4}\w", weakest=0.5, refine=_in_capitals),
    Choice("SgFinRecognizer", r"[STFGMſ][0-9]{7}\w", weakest=0.5, refine=_in_capitals),
)

_IN_CONTEXT = (
    Choice("NhsRecognizer", r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{4}", needs_context=True),
    Choice("PlPeselRecognizer", r"[0-9]{11}", needs_context=True),
    Choice("DeTaxIdRecognizer", r"\d{11}", needs_context=True),
    Choice("DeHealthInsuranceRecognizer", r"\w\d{9}", needs_context=True),
    Choice("DeIdCardRecognizer", r"\w{8}[0-9]", needs_context=True),
    Choice("SePersonnummerRecognizer", r"\d{6}[-+]?\d{4}", needs_context=True),
    Choice("InAadhaarRecognizer", r"[0-9]{4}[- :]?[0-9]{4}[- :]?[0-9]{4}", needs_context=True),
    Choice("AuTfnRecognizer", r"\d{3}\s?\d{3}\s?\d{3}", needs_context=True),
    Choice("AuMedicareRecognizer", r"\d{4}\s?\d{5}\s?\d", needs_context=True),
    Choice("CaSinRecognizer", r"\d{3}[- ]?\d{3}[- ]?\d{3}", needs_context=True),
    Choice("KrRrnRecognizer", r"\d{6}-?\d{7}", needs_context=True),
    Choice("ThTninRecognizer", r"\d{13}", needs_context=True),
    Choice("TrNationalIdRecognizer", r"\d{11}", needs_context=True),
    Choice("UkPassportRecognizer", r"\w{2}\d{7}", needs_context=True),
)
