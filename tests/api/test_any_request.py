"""Whatever anybody sends, the answer is one that the contract names."""

import copy
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.stored import example, payload
from tests.conftest import Service

# PostgreSQL, Python and JSON each have characters and numbers of their own they do not take.
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["\x00", "\ud800", "a\x00b", "1e999", "…", "x" * 300]
)
NUMBERS = st.integers() | st.integers(-(10**400), 10**400) | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["bullets", "text", "verified", "skills", "work", "highlights", "basics", "summary", "meta"]
)

# 200, and every status of architecture.md's table that waits for nothing here.
# 409: a machine that stood still for a lease gave the run to nobody, and says so.
DOCUMENTED = {200, 400, 404, 405, 409, 413, 415, 422}

BODIES = {
    "/students/{}": example("students", "asha-verma"),
    "/postings/{}": example("postings", "backend-intern-northwind"),
    "/notes/{}": example("notes", "asha-verma-worklog"),
    "/resumes/{}": example("resumes", "asha-verma-base"),
    "/jobs/rewrite-resume": payload("any-request"),
}
FUZZ = settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def spoilt(draw: st.DrawFn, whole: Any) -> Any:  # noqa: ANN401  a JSON value
    """The value with something in it taken out, put in or replaced, in up to three places."""
    value = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        value = _spoil(draw, value)
    return value


def _spoil(draw: st.DrawFn, value: Any) -> Any:  # noqa: ANN401  a JSON value
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 5)) == 0:
        return draw(VALUES)
    key = draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value))))
    action = draw(st.sampled_from(["deeper", "deeper", "remove", "add"]))
    if action == "remove":
        del value[key]
    elif action == "add" and isinstance(value, dict):
        value[draw(KEYS | TEXTS)] = draw(VALUES)
    else:
        value[key] = _spoil(draw, value[key])
    return value


async def _put(client: httpx.AsyncClient, path: str, body: object) -> httpx.Response:
    headers = {"x-tenant-id": "any-request", "content-type": "application/json"}
    method = "POST" if path.startswith("/jobs") else "PUT"
    return await client.request(method, path, content=json.dumps(body).encode(), headers=headers)


def _assert_documented(answer: httpx.Response) -> None:
    assert answer.status_code in DOCUMENTED, answer.text
    if answer.status_code != 200:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        assert problem["retryable"] is False


@pytest.mark.parametrize("path", BODIES)
@given(data=st.data())
@FUZZ
async def test_no_body_breaks_a_route(service: Service, path: str, data: st.DataObject) -> None:
    """A body that is a little wrong is stored or explained, and what was stored can be read."""
    body = data.draw(spoilt(BODIES[path]))
    at = path.format("spoilt")

    answer = await _put(service.client, at, body)

    _assert_documented(answer)
    if answer.status_code == 200 and not path.startswith("/jobs"):
        read = await service.client.get(at, headers={"x-tenant-id": "any-request"})
        _assert_documented(read)
        assert read.status_code == 200


@given(resume=spoilt(BODIES["/resumes/{}"]["resume"]))
@FUZZ
async def test_no_stored_resume_breaks_what_reads_it(service: Service, resume: object) -> None:
    """Whatever résumé was let in can be read in both layouts and be rewritten."""
    body = {"student_id": "asha-verma", "resume": resume}
    stored = await _put(service.client, "/resumes/asha-verma-base", body)

    headers = {"x-tenant-id": "any-request"}
    read = await service.client.get("/resumes/asha-verma-base?format=json-resume", headers=headers)
    job = await service.client.post("/jobs/rewrite-resume", json=payload("any-request"))

    for answer in (stored, read, job):
        _assert_documented(answer)
    assert stored.status_code != 200 or (read.status_code, job.status_code) == (200, 200)


@pytest.mark.parametrize("path", BODIES)
@given(body=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: repr(text).encode()))
@FUZZ
async def test_no_bytes_break_a_route(service: Service, path: str, body: bytes) -> None:
    """Bytes that are no JSON are refused."""
    headers = {"x-tenant-id": "any-request", "content-type": "application/json"}
    method = "POST" if path.startswith("/jobs") else "PUT"

    answer = await service.client.request(
        method, path.format("bytes"), content=body, headers=headers
    )

    _assert_documented(answer)
    assert answer.status_code == 422


HEADER_TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)


@pytest.mark.parametrize(
    "route",
    [
        *(f"{method} {path}" for method in ("GET", "PUT") for path in list(BODIES)[:3]),
        "GET /runs/{}",
        "POST /jobs/rewrite-resume",
        "POST /jobs/{}",
        "GET /{}",
    ],
)
@given(
    record_id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
    headers=st.fixed_dictionaries({"x-tenant-id": HEADER_TEXTS, "idempotency-key": HEADER_TEXTS}),
    layout=TEXTS,
)
@FUZZ
async def test_no_address_or_header_breaks_a_route(
    service: Service, route: str, record_id: str, headers: dict[str, str], layout: str
) -> None:
    """Any id, tenant, key and query gets a documented answer."""
    method, template = route.split(" ")
    query = f"?format={quote(layout, errors='surrogatepass')}" if "resumes" in template else ""

    answer = await service.client.request(
        method,
        template.format(quote(record_id, safe="")) + query,
        content=None if method == "GET" else json.dumps(BODIES.get(template, {})).encode(),
        headers=httpx.Headers({"content-type": "application/json", **headers}, encoding="latin-1"),
    )

    _assert_documented(answer)
