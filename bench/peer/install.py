"""The peer's own environment: exactly what its lock names, checked by hash, apart from ours."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
LOCK = FOLDER / "requirements.lock"
ENVIRONMENT = FOLDER.parents[1] / ".data" / "bench" / "peer"


def peer_python() -> Path:
    """Its interpreter; installed on the first call."""
    python = ENVIRONMENT / "bin" / "python"
    installed = ENVIRONMENT / "installed.lock"
    if not installed.exists() or installed.read_bytes() != LOCK.read_bytes():
        uv = Path(sys.executable).with_name("uv")
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT)
        _run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, LOCK)
        installed.write_bytes(LOCK.read_bytes())
    return python


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)  # noqa: S603  our own words
