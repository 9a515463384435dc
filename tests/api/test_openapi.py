import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.errors import AiWorkerError
from app.jobs import catalogue
from tests.api.stored import example
from tests.conftest import Service

Operation = dict[str, Any]

OPEN = {"/health", "/ready", "/metrics"}
ALWAYS = {"401", "422", "500", "503"}


@pytest.fixture
async def document(service: Service) -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    answer = await service.client.get("/openapi.json")
    served: dict[str, Any] = answer.json()
    return served


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def _all_errors() -> Iterator[type[AiWorkerError]]:
    found = [AiWorkerError]
    while found:
        error = found.pop()
        yield error
        found += error.__subclasses__()


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


async def test_the_page_needs_no_network(service: Service) -> None:
    """The docs page names no other host, and every asset it names is served without a secret."""
    page = (await service.client.get("/docs")).text

    assets = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert not re.findall(r"https?://", page)
    assert len(assets) >= 3
    for asset in assets:
        answer = await service.client.get(asset, headers={"x-internal-secret": ""})
        assert answer.status_code == 200


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No `$ref` of the document points into the void."""
    schemas = document["components"]["schemas"]

    missing = {
        reference
        for reference in _references(document)
        if reference.removeprefix("#/components/schemas/") not in schemas
    }

    assert missing == set()
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    """Operation ids are unique, readable, and a job's is its type."""
    ids = [operation["operationId"] for _, _, operation in _operations(document)]

    assert len(ids) == len(set(ids))
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in ids)
    assert set(catalogue()) <= set(ids)


def test_everything_is_explained(document: dict[str, Any]) -> None:
    """Each operation has a summary, a description and a tag, and each tag says what it is."""
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}

    for _, _, operation in _operations(document):
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= set(tags)


def test_every_operation_has_its_lock(document: dict[str, Any]) -> None:
    """The Authorize button fills in x-internal-secret wherever it is wanted, and only there."""
    [scheme_name] = document["components"]["securitySchemes"]
    scheme = document["components"]["securitySchemes"][scheme_name]

    assert (scheme["type"], scheme["in"], scheme["name"]) == (
        "apiKey",
        "header",
        "x-internal-secret",
    )
    for _, path, operation in _operations(document):
        is_open = path in OPEN
        assert operation.get("security", []) == ([] if is_open else [{scheme_name: []}])


def test_every_failure_is_a_problem(document: dict[str, Any]) -> None:
    """Each error status shows the problem document, and the ones that can always come are there."""
    problem = document["components"]["schemas"]["Problem"]
    codes = {(error.status, error.code) for error in _all_errors()}

    assert set(problem["required"]) == {"type", "title", "status", "detail", "code", "retryable"}
    for _, path, operation in _operations(document):
        failures = {s: told for s, told in operation["responses"].items() if not s.startswith("2")}
        if path in OPEN:
            continue
        assert failures.keys() >= ALWAYS
        for status, told in failures.items():
            [(media_type, content)] = told["content"].items()
            assert media_type == "application/problem+json"
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            shown = content["example"]
            assert (shown["status"], shown["code"]) in codes
            assert str(shown["status"]) == status


def test_a_job_documents_every_failure_of_the_contract(document: dict[str, Any]) -> None:
    """A job's statuses are the ones of the contract's table."""
    for name in catalogue():
        responses = document["paths"][f"/jobs/{name}"]["post"]["responses"]

        assert set(map(int, responses)) == {
            *(200, 400, 401, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504)
        }


def test_every_body_has_a_sound_example(document: dict[str, Any]) -> None:
    """The example of each body fits the schema beside it."""
    bodies = [op["requestBody"] for _, _, op in _operations(document) if "requestBody" in op]

    assert len(bodies) == 4 + len(catalogue())
    for body in bodies:
        content = body["content"]["application/json"]
        schema = content["schema"] | {"components": document["components"]}
        assert content["examples"]
        for told in content["examples"].values():
            in_both_cases = told["value"] | {_camel(key): v for key, v in told["value"].items()}
            Draft202012Validator(schema).validate(in_both_cases)


async def test_the_page_can_be_tried_out_as_it_is(
    service: Service, document: dict[str, Any]
) -> None:
    """Sending each PUT's example and then a job's, nothing filled in by hand, gives a receipt."""
    for method, path, operation in _operations(document):
        if method == "put":
            values = {
                parameter["name"]: next(iter(parameter["examples"].values()))["value"]
                for parameter in operation["parameters"]
            }
            stored = await service.client.put(
                path.format(**values),
                json=_only_example(operation),
                headers={"x-tenant-id": values["x-tenant-id"]},
            )
            assert stored.status_code == 200

    job = document["paths"]["/jobs/rewrite-resume"]["post"]
    receipt = await service.client.post("/jobs/rewrite-resume", json=_only_example(job))

    assert receipt.status_code == 200
    assert receipt.json()["tenantId"] == "demo-college"


@pytest.mark.parametrize(
    ("path", "kind", "record_id"),
    [
        ("/students/{student_id}", "students", "asha-verma"),
        ("/postings/{posting_id}", "postings", "backend-intern-northwind"),
        ("/resumes/{resume_id}", "resumes", "asha-verma-base"),
        ("/notes/{note_id}", "notes", "asha-verma-worklog"),
    ],
)
def test_the_examples_are_the_demos(
    document: dict[str, Any], path: str, kind: str, record_id: str
) -> None:
    """What the page offers is what lies under examples/."""
    shown = document["paths"][path]["put"]["requestBody"]["content"]["application/json"]["examples"]

    assert shown == {record_id: {"value": example(kind, record_id)}}


def _only_example(operation: Operation) -> dict[str, Any]:
    [told] = operation["requestBody"]["content"]["application/json"]["examples"].values()
    value: dict[str, Any] = told["value"]
    return value


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)
