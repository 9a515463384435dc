import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.stored import EXAMPLES, example, payload, store_resume
from tests.conftest import Service

BODIES: dict[str, dict[str, Any]] = {
    "students": {"name": "Asha Verma", "profile": {"cgpa": 8.1, "unknown": {"kept": [None, 1]}}},
    "postings": {"title": "Intern", "description": "Build APIs.", "company": "Northwind"},
    "resumes": {"student_id": "asha", "resume": {"summary": "Student.", "hobbies": ["chess"]}},
    "notes": {
        "student_id": "asha",
        "title": "Log",
        "text": "- Ran a stall.\n\n- \u0905\u0928\u094d\u0928",
    },
}
RESUME_FILES = sorted((EXAMPLES / "resumes").glob("*.json"))


@pytest.mark.parametrize("kind", BODIES)
async def test_a_record_comes_back(service: Service, tenant_id: str, kind: str) -> None:
    """What was stored is what is read, under its id and tenant, unknown keys and all."""
    headers = {"x-tenant-id": tenant_id}

    stored = await service.client.put(f"/{kind}/one", json=BODIES[kind], headers=headers)

    read = await service.client.get(f"/{kind}/one", headers=headers)
    assert (stored.status_code, read.status_code) == (200, 200)
    assert read.json() == stored.json()
    assert (read.json()["id"], read.json()["tenantId"]) == ("one", tenant_id)
    for key, value in BODIES[kind].items():
        assert read.json()["studentId" if key == "student_id" else key] == value


@pytest.mark.parametrize("kind", BODIES)
async def test_a_second_put_replaces(service: Service, tenant_id: str, kind: str) -> None:
    """The last version is the one that is read, and is the newer one."""
    headers = {"x-tenant-id": tenant_id}
    field = {"students": "name", "postings": "title"}.get(kind, "studentId")
    changed = BODIES[kind] | {"student_id" if field == "studentId" else field: "Changed"}
    first = await service.client.put(f"/{kind}/one", json=BODIES[kind], headers=headers)

    second = await service.client.put(f"/{kind}/one", json=changed, headers=headers)

    read = await service.client.get(f"/{kind}/one", headers=headers)
    assert read.json() == second.json()
    assert read.json()[field] == "Changed"
    assert read.json()["updatedAt"] > first.json()["updatedAt"]


@pytest.mark.parametrize("kind", BODIES)
async def test_another_tenants_record_does_not_exist(
    service: Service, tenant_id: str, kind: str
) -> None:
    """Another tenant's id is a 404 like any unknown one, and never a 403."""
    await service.client.put(f"/{kind}/one", json=BODIES[kind], headers={"x-tenant-id": tenant_id})

    theirs = await service.client.get(f"/{kind}/one", headers={"x-tenant-id": f"{tenant_id}-x"})

    nobodys = await service.client.get(f"/{kind}/two", headers={"x-tenant-id": tenant_id})
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() == nobodys.json()
    assert theirs.json()["code"] == f"{kind.removesuffix('s')}_not_found"


@pytest.mark.parametrize("kind", BODIES)
async def test_two_tenants_may_use_one_id(service: Service, tenant_id: str, kind: str) -> None:
    """An id belongs to its tenant: the same one elsewhere is another record."""
    other = f"{tenant_id}-x"
    changed = BODIES[kind] | {"name": "B", "title": "B", "student_id": "B"}
    await service.client.put(f"/{kind}/one", json=changed, headers={"x-tenant-id": other})

    stored = await service.client.put(
        f"/{kind}/one", json=BODIES[kind], headers={"x-tenant-id": tenant_id}
    )

    theirs = await service.client.get(f"/{kind}/one", headers={"x-tenant-id": other})
    assert stored.status_code == 200
    assert "B" in theirs.json().values()


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_the_tenant_must_be_named(service: Service, kind: str, method: str) -> None:
    """A request without x-tenant-id is a 422 that names the header."""
    body = BODIES[kind] if method == "PUT" else None

    answer = await service.client.request(method, f"/{kind}/one", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload")
    assert answer.json()["errors"] == [{"at": "header.x-tenant-id", "message": "Field required"}]


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("tenant", ["", "x" * 201])
async def test_a_tenant_has_a_sane_name(service: Service, kind: str, tenant: str) -> None:
    """An empty or endless tenant is a 422."""
    answer = await service.client.get(f"/{kind}/one", headers={"x-tenant-id": tenant})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "header.x-tenant-id"


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("record_id", ["%00", "a%0Ab", "a%7F", "x" * 201])
async def test_a_record_has_a_sane_id(service: Service, kind: str, record_id: str) -> None:
    """A control character in an id, or more than 200 characters, is a 422."""
    answer = await service.client.get(f"/{kind}/{record_id}", headers={"x-tenant-id": "t"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == f"path.{kind.removesuffix('s')}_id"


@pytest.mark.parametrize("record_id", ["a b", "%C3%A9t%C3%A9", "%F0%9F%98%80", "'; drop", "..."])
async def test_any_other_id_is_taken(service: Service, tenant_id: str, record_id: str) -> None:
    """Ids are core-api's: spaces, accents, emoji and quotes are as good as others."""
    headers = {"x-tenant-id": tenant_id}

    stored = await service.client.put(
        f"/students/{record_id}", json=BODIES["students"], headers=headers
    )

    read = await service.client.get(f"/students/{record_id}", headers=headers)
    assert stored.status_code == 200
    assert read.json()["id"] == stored.json()["id"]


@pytest.mark.parametrize(
    ("path", "body", "at"),
    [
        ("/students/s", {}, "body.name"),
        ("/students/s", {"name": ""}, "body.name"),
        ("/students/s", {"name": "\x00"}, "body.name"),
        ("/students/s", {"name": "x" * 501}, "body.name"),
        ("/students/s", {"name": "A", "profile": None}, "body.profile"),
        ("/students/s", {"name": "A", "profile": []}, "body.profile"),
        ("/postings/p", {"title": "T"}, "body.description"),
        ("/postings/p", {"description": "D"}, "body.title"),
        ("/postings/p", {"title": "T", "description": ""}, "body.description"),
        ("/postings/p", {"title": "T", "description": "x" * 50_001}, "body.description"),
        ("/postings/p", {"title": "T", "description": "D", "company": 3}, "body.company"),
        ("/notes/n", {"text": "I"}, "body.studentId"),
        ("/notes/n", {"student_id": "s"}, "body.text"),
        ("/notes/n", {"student_id": "s", "text": ""}, "body.text"),
        ("/notes/n", {"student_id": "s", "text": "x" * 50_001}, "body.text"),
        ("/notes/n", {"student_id": "s", "text": "I", "title": ""}, "body.title"),
        ("/notes/n", {"student_id": "s", "text": ["I"]}, "body.text"),
        ("/resumes/r", {"resume": {}}, "body.studentId"),
        ("/resumes/r", {"student_id": "s"}, "body.resume"),
        ("/resumes/r", {"student_id": "s", "resume": []}, "body.resume"),
        ("/resumes/r", {"student_id": "s", "resume": None}, "body.resume"),
        (
            "/resumes/r",
            {"student_id": "s", "resume": {"experience": [{"bullets": ["fine", 3]}]}},
            "body.resume.experience.0.bullets.1",
        ),
        (
            "/resumes/r",
            {"student_id": "s", "resume": {"work": [{"highlights": [3]}]}},
            "body.resume.work.0.highlights.0",
        ),
        ("/resumes/r", {"student_id": "s", "resume": {"skills": "Python"}}, "body.resume.skills"),
        (
            "/resumes/r",
            {"student_id": "s", "resume": {"basics": {"name": "x" * 10_001}}},
            "body.resume.basics.name",
        ),
    ],
)
async def test_a_wrong_record_is_explained(
    service: Service, tenant_id: str, path: str, body: dict[str, Any], at: str
) -> None:
    """A record that cannot be stored is a 422 that names the place in the words of the sender."""
    headers = {"x-tenant-id": tenant_id}

    answer = await service.client.put(path, json=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload")
    assert [error["at"] for error in answer.json()["errors"]] == [at]
    assert all(error["message"] for error in answer.json()["errors"])
    assert (await service.client.get(path, headers=headers)).status_code == 404


@pytest.mark.parametrize("file", RESUME_FILES, ids=lambda file: file.stem)
async def test_an_example_comes_back_in_both_layouts(
    service: Service, tenant_id: str, file: Path
) -> None:
    """A résumé sent as JSON Resume and read as JSON Resume says what it said."""
    headers = {"x-tenant-id": tenant_id}
    body = example("resumes", file.stem)
    stored = await service.client.put("/resumes/r", json=body, headers=headers)

    theirs = await service.client.get("/resumes/r?format=json-resume", headers=headers)

    ours = await service.client.get("/resumes/r?format=ai-worker", headers=headers)
    assert ours.json()["resume"] == stored.json()["resume"]
    assert theirs.json() | {"resume": None} == ours.json() | {"resume": None}
    again = await service.client.put(
        "/resumes/again",
        json={"student_id": "s", "resume": theirs.json()["resume"]},
        headers=headers,
    )
    assert again.status_code == 200
    name = body["resume"]["basics"]["name"]
    assert theirs.json()["resume"]["basics"]["name"] == name
    assert again.json()["resume"]["basics"]["name"] == name


async def test_json_resume_round_trips(service: Service, tenant_id: str) -> None:
    """JSON Resume in is JSON Resume out, with every key it had."""
    headers = {"x-tenant-id": tenant_id}
    resume = example("resumes", "kabir-mehta-base")["resume"] | {"x-college": {"roll": 7}}
    body = {"student_id": "kabir-mehta", "resume": resume}
    await service.client.put("/resumes/r", json=body, headers=headers)

    read = await service.client.get("/resumes/r?format=json-resume", headers=headers)

    assert json.dumps(read.json()["resume"], sort_keys=True) == json.dumps(resume, sort_keys=True)


@pytest.mark.parametrize("value", ["docx", "", "JSON-Resume", "json-resume,ai-worker"])
async def test_a_format_nobody_knows_is_refused(
    service: Service, tenant_id: str, value: str
) -> None:
    """A format other than the two is a 422 that names them."""
    answer = await service.client.get(
        "/resumes/r", params={"format": value}, headers={"x-tenant-id": tenant_id}
    )

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["at"] == "query.format"
    assert "json-resume" in error["message"]


async def test_a_students_own_resume_has_no_provenance(service: Service, tenant_id: str) -> None:
    """What a student wrote is nobody's variant."""
    await store_resume(service.client, tenant_id, "asha-verma-base")

    read = await service.client.get("/resumes/asha-verma-base", headers={"x-tenant-id": tenant_id})

    told = read.json()
    assert told.pop("resume")
    assert told.pop("createdAt") <= told.pop("updatedAt")
    assert told == {
        "id": "asha-verma-base",
        "tenantId": tenant_id,
        "studentId": "asha-verma",
        "isAiVariant": False,
        "baseResumeId": None,
        "aiRunId": None,
        "provenance": {},
        "refusals": [],
    }


async def test_a_variant_is_not_overwritten(service: Service, tenant_id: str) -> None:
    """A PUT on a variant's id is a 422, and the variant stays as it is."""
    headers = {"x-tenant-id": tenant_id}
    await store_resume(service.client, tenant_id, "asha-verma-base")
    receipt = (await service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))).json()
    path = f"/resumes/{receipt['resultId']}"
    before = (await service.client.get(path, headers=headers)).json()

    answer = await service.client.put(path, json=BODIES["resumes"], headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "variant_is_immutable")
    assert (await service.client.get(path, headers=headers)).json() == before
    assert (before["isAiVariant"], before["baseResumeId"]) == (True, "asha-verma-base")
    assert before["aiRunId"] == receipt["runId"]


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_records_are_put_and_read(service: Service, kind: str, method: str) -> None:
    """There is no other way to change a record."""
    answer = await service.client.request(method, f"/{kind}/one")

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) <= {"GET", "PUT"}
