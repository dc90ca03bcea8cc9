"""Evidence in words."""

import pytest

from monitor.evaluation.explain import why


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        ("pattern", "it has the form of one"),
        ("key:email", "its key says so, and it has the form of one (key:email)"),
        (
            "check-digit named",
            "it has the form of one, and its check digits are right, and a word beside it or its "
            "key names it (check-digit named)",
        ),
        ("something-new of:theirs", "something-new of:theirs"),
    ],
)
def test_why(evidence: str, sentence: str) -> None:
    assert why(evidence) == sentence
