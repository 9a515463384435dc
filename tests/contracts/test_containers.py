"""What no engine is needed for: that the image and the composition are what the README says."""

import importlib
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from app.cli import grace_seconds
from app.db.engine import RELAY_ROLE, SERVICE_ROLE
from app.lifecycle import LAST_ROUND_SECONDS, RELEASE_TIMEOUT_SECONDS
from app.settings import Settings

ROOT = Path(__file__).parents[2]
SECRET_NAMES = re.compile(r"(?:KEY|SECRET|SECRETS|PASSWORD|TOKEN)$")

OURS = ("ai-worker", "migrate", "shim")

# Settings that nobody gives the composition from outside, and why.
DECIDED = {
    "APP_ENV": "it is production",
    "PORT": "the image's, which the composition publishes",
    "DATA_DIR": "the embedded PostgreSQL's, which does not run here",
    "GUARD_WORDS_DIR": "a folder of the operator's, which needs a mount of its own",
    "DATABASE_URL": "the composition's own PostgreSQL",
    "REDIS_URL": "the composition's own Redis",
    "SHIM_PORT": "of `serve --with-queue`; here the shim has a container",
}

# An instruction begins a line; a line that ends in a backslash goes on.
INSTRUCTION = re.compile(r"^([A-Z]+)\s+((?:.*\\\n)*.*)$", re.MULTILINE)


def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile's stages, each a list of instruction and arguments."""
    found: list[list[tuple[str, str]]] = []
    for name, arguments in INSTRUCTION.findall((ROOT / "Dockerfile").read_text()):
        if name == "FROM":
            found.append([])
        found[-1].append((name, arguments.replace("\\\n", " ")))
    return found


def final(name: str) -> list[str]:
    """The arguments of an instruction in the image that is shipped."""
    return [arguments for instruction, arguments in stages()[-1] if instruction == name]


def compose() -> dict[str, Any]:
    """The composition, anchors and merges resolved."""
    # PyYAML comes without type information.
    loaded: dict[str, Any] = importlib.import_module("yaml").safe_load(
        (ROOT / "docker-compose.yml").read_text()
    )
    return loaded


def service(name: str) -> dict[str, Any]:
    """One service of the composition."""
    found: dict[str, Any] = compose()["services"][name]
    return found


def test_the_image_has_two_stages_on_a_pinned_slim_base() -> None:
    """Build tools stay in the first stage; no base is `latest`."""
    bases = [stage[0][1].split()[0] for stage in stages()]

    assert bases == ["python:3.11-slim", "python:3.11-slim"]
    assert [arguments.split()[0] for arguments in final("COPY")] == ["--from=build"]
    assert not any("pip" in arguments for arguments in final("RUN"))


def test_the_image_does_not_run_as_root() -> None:
    """The user is a number, so that Kubernetes can see that it is not root."""
    assert final("USER") == ["10001"]


def test_the_image_says_whether_it_lives() -> None:
    """The health check asks the open probe, with what the image has: Python."""
    (check,) = final("HEALTHCHECK")

    assert "/health" in check
    assert '"python"' in check


def test_the_image_serves_on_the_documented_port() -> None:
    """EXPOSE, PORT and the default agree, and the command is in exec form, so signals arrive."""
    assert final("EXPOSE") == [str(Settings.model_fields["port"].default)]
    assert "PORT=4002" in final("ENV")[0]
    assert final("CMD") == ['["ai-worker", "serve"]']


def test_the_image_refuses_unsafe_settings_by_itself() -> None:
    """Whoever runs the image without thinking gets production's checks."""
    assert "APP_ENV=production" in final("ENV")[0]


@pytest.mark.parametrize("instruction", ["ENV", "ARG"])
def test_the_image_holds_no_secret(instruction: str) -> None:
    """No key, secret or password is baked into any layer."""
    given = [
        word.partition("=")[0]
        for stage in stages()
        for name, arguments in stage
        if name == instruction
        for word in shlex.split(arguments)
    ]

    assert not [name for name in given if SECRET_NAMES.search(name)]


def test_dependencies_are_checked_against_the_lock() -> None:
    """Every installation names the lock, or installs nothing but this package."""
    commands = [
        command
        for name, arguments in stages()[0]
        if name == "RUN"
        for command in arguments.split("&&")
        if "pip install" in command
    ]

    assert len(commands) == 3
    assert "--require-hashes" in commands[0]
    assert "--constraint requirements.lock" in commands[1]
    assert "${EXTRAS:+--extra $EXTRAS}" in commands[1]
    assert "--no-deps" in commands[2]


def test_the_builder_sees_only_what_it_needs() -> None:
    """Everything is ignored but a short list, on which history, settings and data are not."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    copied = {
        source
        for name, arguments in stages()[0]
        if name == "COPY"
        for source in arguments.split()[:-1]
    }

    assert patterns[0] == "*"
    assert {pattern[1:] for pattern in patterns if pattern.startswith("!")} == copied
    assert all((ROOT / source).exists() for source in copied)


def test_the_migrations_lie_beside_the_code_in_the_image() -> None:
    """`app/db/migrations.py` looks two levels above itself."""
    copied = [arguments for name, arguments in stages()[0] if name == "COPY"]

    assert "alembic alembic" in copied
    assert "app app" in copied
    assert any("alembic.ini" in arguments for arguments in copied)


def test_every_container_says_whether_it_is_healthy() -> None:
    """All but the one that ends have a health check."""
    services = compose()["services"]

    assert {name for name in services if "healthcheck" not in services[name]} == {"migrate"}


def test_the_service_waits_for_what_it_stands_on() -> None:
    """Database and queue are healthy and the schema is up to date before the service starts."""
    assert {
        name: needed["condition"] for name, needed in service("ai-worker")["depends_on"].items()
    } == {
        "postgres": "service_healthy",
        "redis": "service_healthy",
        "migrate": "service_completed_successfully",
    }


def test_redis_forgets_nothing() -> None:
    """The queue is written to disk and never evicted."""
    command = " ".join(service("redis")["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert service("redis")["volumes"]


def test_postgres_keeps_its_data_and_has_vectors() -> None:
    """The image is the one with pgvector, and version 18 keeps its data under this folder."""
    assert service("postgres")["image"] == "pgvector/pgvector:pg18"
    assert service("postgres")["volumes"] == ["postgres:/var/lib/postgresql"]


def test_the_service_does_not_log_in_as_the_owner() -> None:
    """The service's login is a member of the two bound roles; only the migration is the owner."""
    roles = compose()["configs"]["roles"]["content"]

    assert "//ai_worker:" in service("ai-worker")["environment"]["DATABASE_URL"]
    assert "//postgres:" in service("migrate")["environment"]["DATABASE_URL"]
    assert f"grant {SERVICE_ROLE}, {RELAY_ROLE} to ai_worker;" in roles


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_nothing_but_their_work(name: str) -> None:
    """The root file system is read-only, and no capability is left."""
    ours = service(name)

    assert ours["read_only"] is True
    assert ours["tmpfs"] == ["/tmp"]  # noqa: S108  the container's own
    assert ours["cap_drop"] == ["ALL"]
    assert ours["environment"]["APP_ENV"] == "production"


def test_every_setting_can_be_set() -> None:
    """What `.env` says reaches the service, but for what the composition decides itself."""
    given = service("ai-worker")["environment"]

    from_outside = {
        name
        for name, value in given.items()
        if str(value).startswith(("${" + name + ":-", "${" + name + ":?"))
    }

    assert from_outside == {name.upper() for name in Settings.model_fields} - set(DECIDED)


def test_the_deadline_is_the_same_on_both_sides() -> None:
    """The shim waits for an answer as long as the service may take for it."""
    deadlines = {service(name)["environment"]["RUN_DEADLINE_SECONDS"] for name in OURS}

    assert len(deadlines) == 1


@pytest.mark.parametrize("name", ["ai-worker", "migrate"])
def test_our_containers_are_given_settings_that_exist(name: str) -> None:
    """A variable with a typing error would be ignored in silence."""
    known = {field.upper() for field in Settings.model_fields}

    assert set(service(name)["environment"]) <= known


def test_the_composition_holds_no_secret() -> None:
    """Every secret comes from outside, and those without a default must be given."""
    for name, given in compose()["services"].items():
        for variable, value in given.get("environment", {}).items():
            if SECRET_NAMES.search(variable):
                assert re.fullmatch(r"\$\{\w+(?::[?-][^}]*)?\}", value), (name, variable)
    assert ":?" in service("ai-worker")["environment"]["CORE_API_INTERNAL_SECRET"]


def test_the_service_gets_the_time_it_needs_to_drain() -> None:
    """The engine waits longer than requests, releases and callbacks together are granted."""
    granted = float(service("ai-worker")["stop_grace_period"].removesuffix("s"))

    needed = grace_seconds(Settings(_env_file=None)) + RELEASE_TIMEOUT_SECONDS + LAST_ROUND_SECONDS

    assert granted > needed


def test_the_shim_is_given_settings_that_it_reads() -> None:
    """A variable with a typing error would be ignored in silence."""
    read = (ROOT / "shim" / "settings.mjs").read_text()

    assert all(re.search(rf"\b{name}\b", read) for name in service("shim")["environment"])


def test_the_shim_starts_when_somebody_can_run_its_jobs() -> None:
    """The queue and the service are up before a job is taken."""
    assert {
        name: needed["condition"] for name, needed in service("shim")["depends_on"].items()
    } == {"redis": "service_healthy", "ai-worker": "service_healthy"}


def modules_of_the_shim() -> set[str]:
    """`shim.mjs` and every file it imports, be it through another."""
    found: set[str] = set()
    ahead = ["shim.mjs"]
    while ahead:
        name = ahead.pop()
        found.add(name)
        imported = re.findall(r'from "\./([\w-]+\.mjs)"', (ROOT / "shim" / name).read_text())
        ahead += set(imported) - found
    return found


def test_the_shims_image_is_locked_and_holds_every_module() -> None:
    """It installs from the lock, runs no scripts nor as root, and copies what it imports."""
    written = (ROOT / "shim" / "Dockerfile").read_text()
    copied = re.search(r"^COPY (shim\.mjs .*) \./$", written, re.MULTILINE)

    assert "npm ci --omit=dev --ignore-scripts" in written
    assert re.search(r"^USER [1-9]\d*$", written, re.MULTILINE)
    assert copied is not None
    assert set(copied[1].split()) == modules_of_the_shim()


def test_the_shims_lock_holds_hashes_and_no_address() -> None:
    """A registry of one's own serves the same files, and each is checked."""
    lock = json.loads((ROOT / "shim" / "package-lock.json").read_text("utf-8"))
    installed = {name: package for name, package in lock["packages"].items() if name}

    assert all(package["integrity"].startswith("sha512-") for package in installed.values())
    assert "://" not in json.dumps(lock)
