import httpx
import pytest

from tests.api.raw_http import AUTHORIZED, JSON, ask
from tests.conftest import SECRET, Service, StartService
from tests.fakes import ScriptedProvider

OPEN_PATHS = (
    *("/health", "/ready", "/metrics", "/docs", "/openapi.json"),
    "/docs-assets/swagger-ui.css",
)

CLOSED_PATHS = (
    b"/jobs/rewrite-resume",
    b"/runs/00000000-0000-0000-0000-000000000000",
    b"/resumes/r",
    b"/students/s",
    b"/postings/p",
    b"/notes/n",
    b"/",
    b"/nowhere",
    b"/docs/oauth2-redirect",
    b"/docs-assets",
    b"/health/",
    b"/health/../jobs/rewrite-resume",
    b"/health/..%2fjobs%2frewrite-resume",
    b"/health%2f..%2fjobs%2frewrite-resume",
    b"/%2e/jobs/rewrite-resume",
    b"/ready;/../jobs/rewrite-resume",
    b"//jobs/rewrite-resume",
    b"//health",
    b"/HEALTH",
    b"/health%00",
    b"/ready%0a",
    b"/metrics/",
    b"/metrics/../runs",
    b"/openapi.json/",
)

CLIMBS = (
    b"/docs-assets/../jobs/rewrite-resume",
    b"/docs-assets/%2e%2e/jobs/rewrite-resume",
    b"/docs-assets/..%2f..%2fcore.py",
    b"/docs-assets/../core.py",
    b"/docs-assets/%2e%2e/%2e%2e/fastapi_offline/core.py",
    b"/docs-assets//etc/passwd",
    b"/docs-assets/%2fetc%2fpasswd",
    b"/docs-assets/..\\core.py",
    b"/docs-assets/%00",
)


@pytest.mark.parametrize("path", OPEN_PATHS)
async def test_probes_and_docs_are_open(port: int, path: str) -> None:
    """Probes and the docs page need no secret."""
    answer = await ask(port, f"GET {path}".encode())

    assert answer.status == 200


@pytest.mark.parametrize("method", [b"GET", b"POST"])
@pytest.mark.parametrize("path", CLOSED_PATHS)
async def test_everything_else_is_closed(port: int, method: bytes, path: bytes) -> None:
    """No spelling of a path gets past the secret, whether the route exists or not."""
    answer = await ask(port, method + b" " + path, JSON)

    assert answer.status == 401
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize("method", [b"GET", b"POST"])
@pytest.mark.parametrize("path", CLIMBS)
async def test_the_open_folder_leads_nowhere_else(port: int, method: bytes, path: bytes) -> None:
    """A path that climbs out of the docs' assets finds neither a file nor a route."""
    answer = await ask(port, method + b" " + path, JSON)

    assert answer.status in {404, 405}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (b"x-internal-secret:",),
        (b"x-internal-secret: wrong",),
        (AUTHORIZED[:-1],),
        (AUTHORIZED + b"x",),
        (AUTHORIZED.upper(),),
        ("x-internal-secret: sécret-ŝ".encode(),),
        (b"x-internal-secret: \xff\xfe\x80",),
        (AUTHORIZED, AUTHORIZED),
        (AUTHORIZED, b"x-internal-secret: wrong"),
        (b"x-internal-secret: wrong", AUTHORIZED),
        (b"x-internal-secret: " + AUTHORIZED.partition(b": ")[2] + b", wrong",),
        (b"authorization: Bearer " + SECRET.encode(),),
        (b"x_internal_secret: " + SECRET.encode(),),
    ],
)
async def test_any_other_secret_is_refused(port: int, headers: tuple[bytes, ...]) -> None:
    """A missing, wrong, empty, non-ASCII or doubled secret is a 401 that names its scheme."""
    answer = await ask(port, b"GET /students/s", b"x-tenant-id: t", *headers)

    assert answer.status == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("InternalSecret")
    assert answer.json() == {
        "type": "urn:ai-worker:problem:unauthorized",
        "title": "The internal secret is missing or wrong.",
        "status": 401,
        "detail": "The internal secret is missing or wrong.",
        "code": "unauthorized",
        "retryable": False,
    }


async def test_the_header_name_has_no_case(port: int) -> None:
    """A header's name may be written in any case."""
    answer = await ask(port, b"GET /students/s", b"X-Internal-Secret: " + SECRET.encode())

    assert answer.status == 422


async def test_the_body_of_an_unknown_caller_is_not_read(port: int) -> None:
    """The 401 comes before a byte of an announced body was sent."""
    answer = await ask(
        port,
        b"POST /jobs/rewrite-resume",
        JSON,
        b"content-length: 1000000",
        b"expect: 100-continue",
    )

    assert answer.status == 401


async def test_a_wrong_secret_hides_a_bad_body(port: int) -> None:
    """Who has no secret learns nothing about what a route takes."""
    answer = await ask(
        port, b"POST /jobs/nonsense", b"content-type: text/plain", b"content-length: 99999999"
    )

    assert answer.status == 401


async def test_two_secrets_are_accepted_during_a_rotation(start_service: StartService) -> None:
    """Both of INTERNAL_SECRETS open the door, and the secret shown to core-api does not."""
    secrets = {"internal_secrets": "the-old-internal-secret,the-new-internal-secret"}

    async with start_service(ScriptedProvider(), **secrets) as service:
        statuses = {
            shown: (await _read_student(service, shown)).status_code
            for shown in ("the-old-internal-secret", "the-new-internal-secret", SECRET, "the-old")
        }

    assert statuses == {
        "the-old-internal-secret": 404,
        "the-new-internal-secret": 404,
        SECRET: 401,
        "the-old": 401,
    }


async def _read_student(service: Service, secret: str) -> httpx.Response:
    return await service.client.get(
        "/students/nobody", headers={"x-internal-secret": secret, "x-tenant-id": "t"}
    )
