import json
import os
import signal
import socket
import subprocess
import sysconfig
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from app.demo.service_process import free_port
from app.local_queue.absent import LocalQueueAbsent
from app.local_queue.beside import queue_beside
from app.local_queue.redis import answers, running_redis
from app.local_queue.shim import node
from app.settings import Settings

AI_WORKER = Path(sysconfig.get_path("scripts")) / "ai-worker"


def settings(folder: Path, port: int, shim_port: int | None = None) -> Settings:
    """Settings whose queue is on this port of this machine."""
    return Settings.model_validate(
        {
            "data_dir": folder,
            "redis_url": f"redis://localhost:{port}",
            "shim_port": shim_port or free_port(),
        }
    )


def line_of(process: subprocess.Popen[str]) -> str:
    """What it says first to a person."""
    assert process.stderr is not None
    return process.stderr.readline()


def end(process: subprocess.Popen[str]) -> None:
    """What an orchestrator does."""
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def said_to(port: int, command: bytes) -> bytes:
    """What the Redis on this port answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(command)
        return connection.recv(100)


def test_a_redis_that_is_missing_is_started_and_ended(tmp_path: Path) -> None:
    """Where nobody listens, a Redis is there while the queue is, and gone afterwards."""
    port = free_port()

    with queue_beside(settings(tmp_path, port), free_port()) as url:
        is_up = answers(port)

    assert url == f"redis://localhost:{port}"
    assert is_up
    assert not answers(port)


def test_a_redis_that_is_there_is_used_and_left_alone(tmp_path: Path) -> None:
    """Somebody's own Redis outlives the queue beside the service."""
    port = free_port()
    with running_redis(tmp_path / "own", port):
        with queue_beside(settings(tmp_path, port), free_port()):
            pass
        is_still_up = answers(port)

    assert is_still_up
    assert not (tmp_path / "redis").exists()


def test_a_queue_keeps_its_jobs_across_a_restart(tmp_path: Path) -> None:
    """What Redis acknowledged is there when it is started again on the same folder."""
    port = free_port()
    for command, expected in ((b"SET job 1\r\n", b"+OK"), (b"GET job\r\n", b"$1\r\n1")):
        with running_redis(tmp_path, port):
            said = said_to(port, command)

        assert said.startswith(expected)


def test_a_port_in_use_is_an_error_with_the_log(tmp_path: Path) -> None:
    """A Redis that cannot listen says where to look."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(LocalQueueAbsent, match=r"Redis did not start; see .*log"),
        running_redis(tmp_path, silent.getsockname()[1]),
    ):
        pass


def test_without_node_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Node is told so."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LocalQueueAbsent, match="Node is not on the PATH"):
        node()


def test_an_old_node_is_refused_by_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version that is there and the one needed are both named."""
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.19.1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LocalQueueAbsent, match=r"20\.3 or newer is needed, this is v18\.19\.1"):
        node()


class Healthy(BaseHTTPRequestHandler):
    """Says that it is well, as a shim of somebody else does."""

    def do_GET(self) -> None:
        """200 to everything."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Nothing."""


def test_another_server_on_the_shims_port_is_not_taken_for_the_shim(tmp_path: Path) -> None:
    """However healthy the other one is, the shim did not start, and the reason is told."""
    with ThreadingHTTPServer(("", 0), Healthy) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        taken = settings(tmp_path, free_port(), shim_port=other.server_port)
        try:
            with (
                pytest.raises(LocalQueueAbsent) as refusal,
                queue_beside(taken, free_port()),
            ):
                pass
        finally:
            other.shutdown()

    assert str(refusal.value) == (
        "the shim did not start: SHIM_PORT cannot be listened on: EADDRINUSE; "
        f"see {tmp_path / 'shim.log'}"
    )


def test_the_shim_is_told_what_dotenv_tells_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.env` reaches the shim; the environment comes first, and an empty value is none."""
    (tmp_path / ".env").write_text(
        "run_deadline_seconds=300\nSHIM_CONCURRENCY=7\nSHIM_LOCK_SECONDS=-1\nSHIM_DRAIN_SECONDS=2\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHIM_LOCK_SECONDS", "30")
    monkeypatch.setenv("SHIM_CONCURRENCY", "")
    monkeypatch.delenv("RUN_DEADLINE_SECONDS", raising=False)

    with queue_beside(settings(tmp_path, free_port()), free_port()):
        started = json.loads((tmp_path / "shim.log").read_text().splitlines()[0])

    assert started["runDeadlineSeconds"] == 300
    assert started["concurrency"] == 7


@dataclass(frozen=True)
class Ports:
    """Where the queue of a test is."""

    redis: int = field(default_factory=free_port)
    shim: int = field(default_factory=free_port)


def serving(folder: Path, ports: Ports, **environment: str) -> subprocess.Popen[str]:
    """`ai-worker serve --with-queue`, just begun."""
    return subprocess.Popen(  # noqa: S603  our own program
        [AI_WORKER, "serve", "--with-queue"],
        cwd=folder,
        env=os.environ
        | {
            "PORT": "0",
            "REDIS_URL": f"redis://localhost:{ports.redis}",
            "SHIM_PORT": str(ports.shim),
            "DATA_DIR": str(folder),
            "LLM_PROVIDER": "offline",
            **environment,
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def is_shim_on(port: int) -> bool:
    """Whether something answers where the shim's health would be."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").is_success
    except httpx.TransportError:
        return False


def test_serving_with_the_queue_ends_all_of_it(tmp_path: Path) -> None:
    """SIGTERM to the service ends the shim and the Redis that it brought."""
    ports = Ports()
    process = serving(tmp_path, ports)
    said = line_of(process)
    was_up = is_shim_on(ports.shim)
    end(process)

    assert said == (
        f"ai-worker: the shim takes jobs from the queue ai-jobs at redis://localhost:{ports.redis}\n"
    )
    assert was_up
    assert not answers(ports.redis)
    assert not is_shim_on(ports.shim)


def test_the_shim_does_not_outlive_a_killed_service(tmp_path: Path) -> None:
    """After kill -9 of `serve` the shim ends by itself, and the next `serve` has one of its own."""
    ports = Ports()
    with (
        running_redis(tmp_path / "own", ports.redis),
        # A database to wait for: an embedded one would be left behind.
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        database_url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/silent"
        killed = serving(tmp_path, ports, DATABASE_URL=database_url)
        line_of(killed)
        was_up = is_shim_on(ports.shim)
        killed.kill()
        killed.communicate(timeout=60)
        limit = time.monotonic() + 60
        while is_shim_on(ports.shim) and time.monotonic() < limit:
            time.sleep(0.05)
        is_left = is_shim_on(ports.shim)
        following = serving(tmp_path, ports, DATABASE_URL=database_url)
        said = line_of(following)
        end(following)

    assert was_up
    assert killed.returncode == -signal.SIGKILL
    assert not is_left
    assert said.startswith("ai-worker: the shim takes jobs")


def test_serving_without_node_serves_http_and_says_so(tmp_path: Path) -> None:
    """The service runs, and one line tells that the queue does not."""
    process = subprocess.Popen(  # noqa: S603  our own program
        [AI_WORKER, "serve", "--with-queue"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "PORT": "0", "LLM_PROVIDER": "offline"},
        stderr=subprocess.PIPE,
        text=True,
    )
    said = line_of(process)
    end(process)

    assert said == ("ai-worker: no queue here, jobs come over HTTP only: Node is not on the PATH\n")
