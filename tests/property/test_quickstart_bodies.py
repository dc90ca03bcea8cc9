"""Whatever a made-up value contains, a recorded body stays what it was, with that value inside."""

import json
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from deploy.quickstart.bodies import Compiler, Render
from deploy.quickstart.slots import Slot

OLD = "planted.value@example.com"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def compiled(body: str) -> Render:
    compiler = Compiler([Slot("EMAIL_ADDRESS", "", OLD, 0)])
    render = compiler.body(body)
    assert compiler.found[OLD] > 0
    return render


def document(value: str) -> dict[str, Any]:
    """The value alone, in prose, as a key, and in JSON inside of JSON."""
    return {
        "a": [value, 1.5, None, True],
        value: {"note": f"From {value}, on Monday."},
        "inner": json.dumps({"deep": [value]}),
    }


@given(texts, st.booleans())
def test_json(new: str, ascii_only: bool) -> None:
    rendered = compiled(json.dumps(document(OLD), ensure_ascii=ascii_only))({OLD: new})
    parsed = json.loads(rendered)
    assert json.loads(parsed.pop("inner")) == {"deep": [new]}
    expected = document(new)
    del expected["inner"]
    parsed.pop("inner", None)
    assert parsed == expected


@given(texts, st.sampled_from([quote, quote_plus]))
def test_a_form_with_json_in_a_field(new: str, escape: Any) -> None:
    def form(value: str) -> list[tuple[str, str]]:
        return [("To", value), ("Body", f"Hi {value} !"), ("data", json.dumps({"e": value}))]

    body = "&".join(f"{name}={escape(value)}" for name, value in form(OLD))
    pairs = dict(parse_qsl(compiled(body)({OLD: new}), keep_blank_values=True))
    assert json.loads(pairs.pop("data")) == {"e": new}
    assert pairs == dict(form(new)[:2])


@given(texts)
def test_lines_stay_lines(new: str) -> None:
    body = "\n".join(json.dumps(line) for line in ({"first": 1}, {"v": OLD}, {"last": 1}))
    lines = compiled(body)({OLD: new}).split("\n")
    assert [json.loads(line) for line in lines] == [{"first": 1}, {"v": new}, {"last": 1}]


@given(texts)
def test_prose(new: str) -> None:
    assert compiled(f"Write to {OLD}!")({OLD: new}) == f"Write to {new}!"
