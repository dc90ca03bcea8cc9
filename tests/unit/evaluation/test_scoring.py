"""What counts as found, right, ambient and false."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evaluation.scoring import Value, Verdict, normal, score_record

NAME = Value("PERSON", "Jane Doe", "body>json:$.name", 0)
RIGHT, AMBIENT, FALSE = Verdict.RIGHT, Verdict.AMBIENT, Verdict.FALSE


def one(planted: Value, finding: Value) -> tuple[bool, bool, Verdict]:
    """Found at its place, found anywhere, and the verdict on the finding."""
    score = score_record([planted], [], [finding])
    return score.placed[0], score.anywhere[0], score.verdicts[0]


def test_the_same_value_at_the_same_place() -> None:
    assert one(NAME, NAME) == (True, True, RIGHT)


def test_another_category_is_no_match() -> None:
    assert one(NAME, NAME._replace(category="USERNAME")) == (False, False, FALSE)


def test_an_equal_value_elsewhere_is_right_but_not_at_its_place() -> None:
    assert one(NAME, NAME._replace(where="header:x-name")) == (False, True, RIGHT)


@pytest.mark.parametrize("where", ["", "body>json:$.name>base64>text", "body>json:$.name[0]"])
def test_no_place_or_one_inside_the_other_is_the_same(where: str) -> None:
    assert one(NAME, NAME._replace(where=where)) == (True, True, RIGHT)


def test_a_longer_name_of_a_field_is_another_place() -> None:
    assert one(NAME, NAME._replace(where="body>json:$.name2")) == (False, True, RIGHT)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("+49 30 23125041", "+493023125041"),
        ("DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
        ("三浦 結衣", "三浦結衣"),
        ("ＪＡＮＥ", "jane"),
    ],
)
def test_case_spaces_punctuation_and_width_make_no_difference(planted: str, found: str) -> None:
    assert normal(planted) == normal(found)
    assert one(Value("X", planted), Value("X", found)) == (True, True, RIGHT)


@pytest.mark.parametrize(("planted", "found"), [("Ann", "Annalena"), ("Li", "Alice"), ("1", "31")])
def test_a_part_of_a_word_is_no_match(planted: str, found: str) -> None:
    assert one(Value("PERSON", planted), Value("PERSON", found)) == (False, False, FALSE)


@pytest.mark.parametrize("marks", ["", "--", "* *"])
def test_values_without_letters_or_digits_meet_nothing_by_value(marks: str) -> None:
    assert one(Value("SECRET", "!!!"), Value("SECRET", marks)) == (False, False, FALSE)


def test_half_of_the_span_is_enough_and_less_is_not() -> None:
    street = Value("STREET_ADDRESS", "abcdefgh", "w", 10)
    assert one(street, Value("STREET_ADDRESS", "efghijkl", "w", 14)) == (True, True, RIGHT)
    assert one(street, Value("STREET_ADDRESS", "fghijklm", "w", 15)) == (False, False, FALSE)


def test_equal_values_match_though_the_label_counts_characters_differently() -> None:
    mail = Value("EMAIL_ADDRESS", "jane@example.com", "w", 12)
    assert one(mail, mail._replace(start=0)) == (True, True, RIGHT)


def test_spans_that_only_touch_do_not_overlap() -> None:
    first = Value("PERSON", "Jane", "w", 0)
    assert one(first, Value("PERSON", "Doe", "w", 4)) == (False, False, FALSE)


def test_first_and_last_name_in_one_finding() -> None:
    planted = [Value("PERSON", "Jane", "w", 0), Value("PERSON", "Doe", "w", 5)]
    whole = Value("PERSON", "Jane Doe", "w", 0)
    score = score_record(planted, [], [whole])
    assert (score.placed, score.verdicts) == ([True, True], [RIGHT])
    elsewhere = score_record(planted, [], [whole._replace(where="v")])
    assert (elsewhere.placed, elsewhere.anywhere) == ([False, False], [True, True])


def test_a_full_name_in_two_findings() -> None:
    parts = [Value("PERSON", "Jane", "w", 0), Value("PERSON", "Doe", "w", 5)]
    score = score_record([Value("PERSON", "Jane Doe", "w", 0)], [], parts)
    assert (score.placed, score.verdicts) == ([True], [RIGHT, RIGHT])


def test_a_finding_of_a_whole_document_finds_nothing() -> None:
    text = "this is a long text in which somewhere the name Jane Doe stands"
    planted = Value("PERSON", "Jane Doe", "w", text.index("Jane"))
    assert one(planted, Value("PERSON", text, "w", 0)) == (False, False, FALSE)
    assert one(planted._replace(where=""), Value("PERSON", text, "w", 0))[2] is FALSE


def test_what_only_looks_planted_is_neither_right_nor_false() -> None:
    role = Value("EMAIL_ADDRESS", "info@shop.example.com", "w", 0)
    score = score_record([], [role], [role, Value("PERSON", "Jane", "w", 40)])
    assert score.verdicts == [AMBIENT, FALSE]
    assert score.ambient == [[0]]


def test_ambient_meets_whatever_category() -> None:
    digits = Value("DIGITS_LUHN_OK", "1795529094286710784", "w", 0)
    score = score_record([], [digits], [Value("CREDIT_CARD", "1795529094286710784", "w", 0)])
    assert score.verdicts == [AMBIENT]


def test_a_right_finding_is_not_ambient() -> None:
    score = score_record([NAME], [NAME], [NAME])
    assert (score.verdicts, score.ambient) == ([RIGHT], [[]])


def test_a_planted_value_without_findings_is_missed() -> None:
    score = score_record([NAME], [], [])
    assert (score.placed, score.anywhere, score.verdicts) == ([False], [False], [])


def test_values_have_no_repr() -> None:
    assert "Jane" not in repr(NAME)


values = st.builds(
    Value,
    st.sampled_from(["PERSON", "EMAIL_ADDRESS"]),
    st.text("Jané Dö.1", max_size=12),
    st.sampled_from(["", "w", "w.a", "v"]),
    st.integers(-1, 6),
)


@given(st.lists(values, max_size=4), st.lists(values, max_size=4), st.lists(values, max_size=4))
def test_any_values(truth: list[Value], ambient: list[Value], findings: list[Value]) -> None:
    score = score_record(truth, ambient, findings)
    assert len(score.verdicts) == len(findings)
    assert all(
        anywhere >= placed for placed, anywhere in zip(score.placed, score.anywhere, strict=True)
    )
    if RIGHT not in score.verdicts:
        assert not any(score.anywhere)
    for found in score.ambient:
        assert all(score.verdicts[at] is AMBIENT for at in found)


@given(st.lists(values.filter(lambda value: normal(value.value) != ""), max_size=5))
def test_findings_equal_to_the_truth_are_all_right(truth: list[Value]) -> None:
    score = score_record(truth, [], truth)
    assert all(score.placed)
    assert set(score.verdicts) <= {RIGHT}
