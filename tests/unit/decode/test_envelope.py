"""The address and the headers of a request."""

from tests.unit.decode.requests import Headers, decoded, leaves


def _at(url: str = "", headers: Headers | None = None) -> dict[str, str]:
    return {leaf.path: leaf.text for leaf in decoded(url=url, headers=headers).leaves}


def test_path_segments_count_from_one() -> None:
    assert _at("https://api.vendor.example/v3/contacts/jane%40example.com?x=1#f") == {
        "url.path[1]": "v3",
        "url.path[2]": "contacts",
        "url.path[3]": "jane@example.com",
        "url.query:x": "1",
    }


def test_parameters() -> None:
    assert _at("https://h.example?email%5Bis%5D=a%2Bb%40example.com&q=x+y") == {
        "url.query:email[is]": "a+b@example.com",
        "url.query:q": "x y",
    }


def test_the_senders_own_credential_is_no_leaf() -> None:
    headers: Headers = {"Authorization": "Basic amFuZTpzZWNyZXQ=", "X-Api-Key": "k"}
    assert _at("https://jane:secret@h.example/", headers) == {}


def test_protocol_headers_are_no_leaves() -> None:
    assert _at("", {"Host": "h", "User-Agent": "sdk/1.2.3.4", "Content-Type": "text/plain"}) == {}


def test_application_headers_are_by_lower_case_name() -> None:
    headers: Headers = {"X-Amz-Meta-Customer": "Jane Doe", "X-Tag": ["a", '{"b":"c"}']}
    assert leaves(headers=headers) == {
        "header:x-amz-meta-customer": "Jane Doe",
        "header:x-tag": "a",
        "header:x-tag>json:$.b": "c",
    }


def test_cookies_one_by_one() -> None:
    assert _at("", {"Cookie": "sid=1; email=jane@example.com; x"}) == {
        "header:cookie:sid": "1",
        "header:cookie:email": "jane@example.com",
    }


def test_no_repr_shows_a_text() -> None:
    assert "jane" not in repr(decoded('{"a":"jane@example.com"}'))
