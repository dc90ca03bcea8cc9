"""What of a path may be stored."""

import pytest

from detectors.decode import field_path


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        ("body>gzip>json:$.batch[12].traits.email", "body>gzip>json:$.batch[*].traits.email"),
        ("body>ndjson[3]:$.x", "body>ndjson[*]:$.x"),
        ("body>json:$['jane@example.com'].plan", "body>json:$.*.plan"),
        ("body>json:$.Jane Doe.plan", "body>json:$.*.plan"),
        ("body>json:$.customfield_10010", "body>json:$.*"),
        ("body>json:$.3f2504e04f8941d3", "body>json:$.*"),
        ("body>json:$.a.5.b", "body>json:$.a.*.b"),
        ("body>json:$.data>json:$.$set.$email", "body>json:$.data>json:$.$set.$email"),
        ("body>json:$.http.client_ip", "body>json:$.http.client_ip"),
        ("body>json:$.Straße", "body>json:$.Straße"),
        ("body>form:card[number]", "body>form:card[number]"),
        ("body>form:['jane@example.com']", "body>form:*"),
        ("header:x-amz-meta-customer", "header:x-amz-meta-customer"),
        ("url.path[3]", "url.path[*]"),
        ("url.query:email[is]", "url.query:email[is]"),
        ("body>text", "body>text"),
        ("body>json:$['it\\'s > 1'].x", "body>json:$.*.x"),
    ],
)
def test_field_path(path: str, stored: str) -> None:
    assert field_path(path) == stored


def test_normalising_twice_changes_nothing() -> None:
    once = field_path("body>json:$['a@b.example'].c[3].d")
    assert field_path(once) == once
