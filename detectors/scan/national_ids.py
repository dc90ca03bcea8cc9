"""Official identity numbers of some twenty countries."""

from detectors.decode.base import Leaf
from detectors.scan.base import Hit, Recogniser
from detectors.scan.context import Context
from detectors.scan.family import Family
from detectors.scan.presidio import Choice, load


def _in_capitals(_leaf: Leaf, hit: Hit) -> Hit | None:
    """Presidio ignores case; a lower-case `12345678z` is a piece of a hash rather than a NIF."""
    return hit if hit.value == hit.value.upper() else None


def national_id_recognisers() -> list[Recogniser]:
    """Presidio's, where a check digit or a strong shape backs them.

    Bare digits with one check digit need their context: every tenth order number passes.
    """
    weak = load(_IN_CONTEXT)
    context = Context(word for recogniser in weak for word in recogniser.context.words)
    return [
        Family("national ids", _SOME_DIGITS, load(_OF_DIGITS)),
        Family("national ids in context", _SOME_DIGITS, weak, context),
        *load(_OF_LETTERS),
    ]


_SOME_DIGITS = r"(?:\d[-\s.:]?){6}"
_LETTER = r"[^\W\d_]"

_OF_LETTERS = (
    Choice("DeIdCardRecognizer", r"\w{8}\d", needs_context=True),
    Choice("UsMbiRecognizer", r"\d\w\w\d-\w\w\d-\w\w\d\d", patterns=r"medium", refine=_in_capitals),
    Choice("ItFiscalCodeRecognizer", r"\w{16}"),
    Choice(
        "InPanRecognizer",
        rf"{_LETTER}{{5}}[0-9]{{4}}{_LETTER}",
        patterns=r"High",
        refine=_in_capitals,
    ),
)

_OF_DIGITS = (
    Choice("UsSsnRecognizer", r"\d{3}[- .]\d{2}[- .]\d{4}", patterns=r"medium"),
    Choice("UsItinRecognizer", r"9\d{2}[- ]\d{2}[- ]\d{4}", patterns=r"medium"),
    Choice(
        "UkNinoRecognizer",
        rf"{_LETTER}{{2}} ?[0-9]{{2}} ?[0-9]{{2}} ?[0-9]{{2}} ?{_LETTER}",
        refine=_in_capitals,
    ),
    Choice("UkDrivingLicenceRecognizer", r"\w{5}[0-9]{6}\w{5}", refine=_in_capitals),
    Choice("EsNifRecognizer", rf"[0-9]{{7}}-?{_LETTER}", refine=_in_capitals),
    Choice("EsNieRecognizer", rf"[0-9]{{7}}-?{_LETTER}", refine=_in_capitals),
    Choice("FiPersonalIdentityCodeRecognizer", r"\d{6}[-+A-Za-z]\d{3}\w", patterns=r"[Mm]edium"),
    Choice("DeSocialSecurityRecognizer", rf"\d{{8}}{_LETTER}\d{{3}}", refine=_in_capitals),
    Choice(
        "SgFinRecognizer", r"[STFGMstfgmſ][0-9]{7}\w", patterns=r"[Mm]edium", refine=_in_capitals
    ),
)

_IN_CONTEXT = (
    Choice("NhsRecognizer", r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{4}", needs_context=True),
    Choice("PlPeselRecognizer", r"[0-9]{11}", needs_context=True),
    Choice("DeTaxIdRecognizer", r"\d{11}", needs_context=True),
    Choice("DeHealthInsuranceRecognizer", rf"{_LETTER}\d{{9}}", needs_context=True),
    Choice("SePersonnummerRecognizer", r"\d{6}[-+]?\d{4}", needs_context=True),
    Choice("InAadhaarRecognizer", r"[0-9]{4}[- :]?[0-9]{4}[- :]?[0-9]{4}", needs_context=True),
    Choice("AuTfnRecognizer", r"\d{3}\s?\d{3}\s?\d{3}", needs_context=True),
    Choice("AuMedicareRecognizer", r"\d{4}\s?\d{5}\s?\d", needs_context=True),
    Choice("CaSinRecognizer", r"\d{3}[- ]?\d{3}[- ]?\d{3}", needs_context=True),
    Choice("KrRrnRecognizer", r"\d{6}-?\d{7}", needs_context=True),
    Choice("ThTninRecognizer", r"\d{13}", needs_context=True),
    Choice("TrNationalIdRecognizer", r"\d{11}", needs_context=True),
    Choice("UkPassportRecognizer", rf"{_LETTER}{{2}}\d{{7}}", needs_context=True),
)
