"""The real keys of values whose format wraps them."""

import json
from typing import Any

import pytest

from tests.unit.decode.requests import Headers, decoded


def keys(document: Any, text: str, headers: Headers | None = None) -> tuple[str, ...]:
    body = document if isinstance(document, str | bytes) else json.dumps(document)
    [leaf] = [leaf for leaf in decoded(body, headers=headers).leaves if leaf.text == text]
    return leaf.keys


@pytest.mark.parametrize(
    ("document", "real"),
    [
        ({"fields": [{"name": "email", "value": "X"}]}, ("fields", "email")),
        ({"key": "email", "value": "X"}, ("email",)),
        ({"value": "X", "key": "email"}, ("email",)),
        ({"k": "email", "v": "X"}, ("email",)),
        ({"field": "email", "value": "X"}, ("email",)),
        ({"type": "email", "value": "X"}, ("email",)),
        ({"id": 7, "label": "Correo electrónico", "value": "X"}, ("Correo electrónico",)),
        ({"name": "email", "values": ["X"]}, ("email",)),
        ({"name": "contact", "value": {"email": "X"}}, ("contact", "email")),
        ({"Item": {"email": {"S": "X"}}}, ("Item", "email")),
        ({"Item": {"user": {"M": {"email": {"S": "X"}}}}}, ("Item", "user", "email")),
        ({"Item": {"mails": {"L": [{"S": "X"}]}}}, ("Item", "mails")),
        (
            {"attributes": [{"key": "email", "value": {"stringValue": "X"}}]},
            ("attributes", "email"),
        ),
        ({"fields": {"email": {"stringValue": "X"}}}, ("fields", "email")),
        ({"columns": ["id", "email"], "rows": [[1, "X"]]}, ("rows", "email")),
        ({"columns": [{"name": "id"}, {"name": "email"}], "rows": [[1, "X"]]}, ("rows", "email")),
        ({"values": [["id", "email"], [1, "X"]]}, ("values", "email")),
        ({"user.email": "X"}, ("user", "email")),
        ({"value": "X"}, ("value",)),
        ({"S": "X", "N": "Y"}, ("S",)),
        ({"name": "n" * 100, "value": "X"}, ("value",)),
    ],
)
def test_real_keys_in_json(document: Any, real: tuple[str, ...]) -> None:
    assert keys(document, "X") == real


def test_a_path_does_not_change_with_the_real_key() -> None:
    for name in ("email", "phone"):
        result = decoded(json.dumps([{"name": name, "value": "X"}]))
        [leaf] = [leaf for leaf in result.leaves if leaf.text == "X"]
        assert (leaf.path, leaf.keys) == ("body>json:$[0].value", (name,))


def test_rows_of_a_table_without_headers_have_the_tables_key() -> None:
    assert keys({"data": [["jane@example.com", "X"], ["a", "b"]]}, "X") == ("data",)


def test_brackets_and_dots_of_forms() -> None:
    form: Headers = {"content-type": "application/x-www-form-urlencoded"}
    assert keys("a[b][c]=X", "X", form) == ("a", "b", "c")
    assert keys("Destination.ToAddresses.member.1=X", "X", form) == (
        "Destination",
        "ToAddresses",
        "member",
    )


def test_headers_of_csv() -> None:
    body = b'id;Full name;e-mail\n1;"Doe; Jane";X\n2;Bo;b@example.com\n'
    result = decoded(body)
    found = {leaf.text: (leaf.path, leaf.keys) for leaf in result.leaves if leaf.keys}
    assert found["Doe; Jane"] == ("body>text", ("Full name",))
    assert found["X"] == ("body>text", ("e-mail",))


@pytest.mark.parametrize(
    "text",
    ["Hello, Jane\nyour order, 17, is here\n", "a,b\n", "one, two\nthree\nfour, five, six\n"],
)
def test_prose_with_commas_is_no_table(text: str) -> None:
    assert [leaf.text for leaf in decoded(text, url="").leaves] == [text]


def test_a_table_in_a_string() -> None:
    assert keys({"rows": "name,email\nJane,X\n"}, "X") == ("rows", "email")


@pytest.mark.parametrize(
    ("sql", "real"),
    [
        ("INSERT INTO users (id, email) VALUES (17, 'X')", ("q", "email")),
        ("insert into `users` (`id`,`email`) values (1,'a'), (2, 'X')", ("q", "email")),
        ("SELECT * FROM contact WHERE c.email = 'X' AND b = 1", ("q", "email")),
        ("UPDATE users SET name = 'it''s', email='X'", ("q", "email")),
        ("select id from t where email like 'X'", ("q", "email")),
    ],
)
def test_columns_of_sql(sql: str, real: tuple[str, ...]) -> None:
    result = decoded(json.dumps({"q": sql}))
    [leaf] = [leaf for leaf in result.leaves if leaf.text == "X"]
    assert leaf.keys == real
    [statement] = [x for x in result.leaves if x.text[:6].lower() == sql[:6].lower()]
    assert "X" not in statement.text
    assert statement.path == leaf.path == "body>json:$.q"


def test_an_apostrophe_is_no_sql() -> None:
    text = "Update: it's Jane's turn to select 'one'"
    assert keys({"q": text}, text) == ("q",)


def test_names_in_xml() -> None:
    body = b"<r><field name='email'>X</field><kv><key>phone</key><value>Y</value></kv></r>"
    assert keys(body, "X") == ("r", "field", "email")
    assert keys(body, "Y") == ("r", "kv", "phone")
