import pytest

from detectors.pseudonym import Pseudonymiser, normalise

KEY = bytes(range(32))


def test_equal_values_in_any_spelling_have_one_pseudonym() -> None:
    of = Pseudonymiser(KEY, "k").of

    assert of("user.contact.email", "Jane@X.com ") == of("user.contact.email", "jane@x.com")
    assert of("user.contact.phone_number", "+49 (30) 1") == of(
        "user.contact.phone_number", "0049301"
    )
    assert of("user.financial.bank_account", "DE89 3704") == of(
        "user.financial.bank_account", "de893704"
    )


def test_category_value_and_key_each_change_the_pseudonym() -> None:
    of = Pseudonymiser(KEY, "k").of
    one = of("user.contact.email", "jane@x.com")

    assert one != of("user.name", "jane@x.com")
    assert one != of("user.contact.email", "jame@x.com")
    assert one != Pseudonymiser(KEY[::-1], "k").of("user.contact.email", "jane@x.com")
    assert 0 <= one < 2**63


def test_it_is_hmac_sha_256() -> None:
    import hashlib
    import hmac

    expected = hmac.new(KEY, b"user.name\0jane", hashlib.sha256).digest()
    assert Pseudonymiser(KEY, "k").of("user.name", "Jane") == int.from_bytes(expected[:8]) >> 1
    number = int.from_bytes(expected[:8]) >> 1
    assert Pseudonymiser(KEY, "k").text("user.name", "Jane") == f"{number:016x}"


def test_a_lone_surrogate_has_a_pseudonym_too() -> None:
    assert Pseudonymiser(KEY, "k").of("user.name", "\ud800") >= 0


def test_the_key_is_not_shown_and_a_short_one_is_refused() -> None:
    assert KEY.hex() not in repr(Pseudonymiser(KEY, "k1"))
    assert "k1" in repr(Pseudonymiser(KEY, "k1"))
    with pytest.raises(ValueError, match="needs 32 bytes, this has 5"):
        Pseudonymiser(b"short", "k")


def test_full_width_digits_are_digits() -> None:
    assert normalise("user.contact.phone_number", "０３０-1") == "0301"
