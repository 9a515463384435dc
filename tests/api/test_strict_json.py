import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.strict_json import StrictJsonRequest
from tests.conftest import Service

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
# Two keys that differ by a NUL become one.
KEYS = TEXTS.filter(lambda text: "\x00" not in text)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | TEXTS
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=10,
)

UNREADABLE = {
    "empty space": b"   ",
    "not JSON": b"name=Asha",
    "truncated": b'{"name": "Asha"',
    "truncated text": b'{"name": "As',
    "trailing text": b'{"name": "Asha"} and more',
    "trailing comma": b'{"name": "Asha",}',
    "single quotes": b"{'name': 'Asha'}",
    "comment": b'{"name": "Asha" /* hello */}',
    "NaN": b'{"name": "Asha", "profile": {"cgpa": NaN}}',
    "Infinity": b'{"name": "Asha", "profile": {"cgpa": Infinity}}',
    "minus Infinity": b'{"name": "Asha", "profile": {"cgpa": -Infinity}}',
    "a number without end": b'{"name": "Asha", "profile": {"cgpa": 1e999}}',
    "a number without end, deep": b'{"name": "Asha", "profile": {"a": [[{"b": -1E4000}]]}}',
    "a number of 100,000 digits": b'{"name": "Asha", "profile": {"cgpa": ' + b"9" * 100_000 + b"}}",
    "leading zero": b'{"name": "Asha", "profile": {"cgpa": 08}}',
    "lone high surrogate": b'{"name": "\\ud800"}',
    "lone low surrogate": b'{"name": "a\\udfffb"}',
    "surrogates the wrong way round": b'{"name": "\\udc00\\ud800"}',
    "encoded surrogate": b'{"name": "\xed\xa0\x80"}',
    "not UTF-8": b'{"name": "Jos\xe9"}',
    "UTF-16": '{"name": "Asha"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"name": "Asha"}',
    "raw control character": b'{"name": "A\x01sha"}',
    "raw NUL": b'{"name": "A\x00sha"}',
    "100,000 brackets": b"[" * 100_000,
    "100,000 closed brackets": b"[" * 100_000 + b"]" * 100_000,
    "100,000 braces": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize(
    "route", ["PUT /students/s", "PUT /resumes/r", "POST /jobs/rewrite-resume"]
)
async def test_a_body_that_is_not_json_is_refused(
    service: Service, tenant_id: str, route: str, body: bytes
) -> None:
    """What RFC 8259 does not allow, or PostgreSQL cannot keep, is a 422 at `body`."""
    method, path = route.split(" ")
    headers = {"x-tenant-id": tenant_id, "content-type": "application/json"}

    answer = await service.client.request(method, path, content=body, headers=headers)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_payload"
    [error] = answer.json()["errors"]
    assert error["at"] == "body"
    assert error["message"].startswith("not JSON: ")


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"text"', b"true", b'[{"name": "Asha"}]'])
@pytest.mark.parametrize(
    "route", ["PUT /students/s", "PUT /resumes/r", "POST /jobs/rewrite-resume"]
)
async def test_a_body_that_is_no_object_is_refused(
    service: Service, tenant_id: str, route: str, body: bytes
) -> None:
    """A JSON value that is not an object is a 422."""
    method, path = route.split(" ")
    headers = {"x-tenant-id": tenant_id, "content-type": "application/json"}

    answer = await service.client.request(method, path, content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload")
    assert answer.json()["errors"][0]["at"].startswith("body")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b'{"name": "A\\u0000sha", "profile": {"k\\u0000ey": ["\\u0000", 1]}}', {"key": ["", 1]}),
        (b'{"name": "Asha", "profile": {"a": 1}, "profile": {"b": 2}}', {"b": 2}),
        (b'{"name": "Asha", "profile": {"n": ' + b"9" * 4_300 + b"}}", {"n": int("9" * 4_300)}),
        (b'{"name": "Asha", "profile": {"n": 1.7e308}}', {"n": 17 * 10**307}),
        (b'{"name": "Asha", "profile": {"n": 1e-400}}', {"n": 0}),
        ('{"name": "Asha", "profile": {"s": "é \\ud83d\\ude00"}}'.encode(), {"s": "é 😀"}),
        (b'\r\n\t {"name": "Asha", "profile": {"": null}}\n', {"": None}),
    ],
    ids=["NUL", "the last of two keys", "digits", "large", "tiny", "Unicode", "white space"],
)
async def test_unusual_json_is_stored(
    service: Service, tenant_id: str, sent: bytes, kept: dict[str, Any]
) -> None:
    """NULs are dropped, the last of two equal keys counts, and the rest comes back as it was."""
    headers = {"x-tenant-id": tenant_id, "content-type": "application/json"}

    stored = await service.client.put("/students/s", content=sent, headers=headers)

    assert stored.status_code == 200
    read = await service.client.get("/students/s", headers=headers)
    assert (read.json()["name"], read.json()["profile"]) == ("Asha", kept)


async def test_a_deep_profile_is_stored(service: Service, tenant_id: str) -> None:
    """A profile as deep as the parser allows is kept; one level more is refused."""
    headers = {"x-tenant-id": tenant_id, "content-type": "application/json"}

    statuses = [
        (
            await service.client.put(
                "/students/s", content=_nested_profile(levels), headers=headers
            )
        ).status_code
        for levels in (150, 250)
    ]

    assert statuses == [200, 422]


@given(JSON_VALUES)
async def test_json_comes_out_as_it_went_in(value: object) -> None:
    """Sound JSON is read as Python reads it, without its NULs."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": json.dumps(value).encode(), "more_body": False}

    request = StrictJsonRequest({"type": "http", "headers": []}, receive)

    assert json.dumps(await request.json()) == json.dumps(value).replace("\\u0000", "")


def _nested_profile(levels: int) -> bytes:
    return b'{"name": "Asha", "profile": ' + b'{"a":' * levels + b"1" + b"}" * (levels + 1)
