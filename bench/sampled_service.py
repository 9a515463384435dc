"""`ai-worker` with a sampler beside it: what the event loop's thread was doing, by layer.

`python -m bench.sampled_service FILE serve` writes the counts to FILE as JSON when it ends. Every
few milliseconds the stack of the main thread is looked at and counted once. The sampler gets its
turn where Python lets go of the lock, so shares are good to a few percent, and what uvloop does in
C counts as idle.
"""

import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from app.cli import app

INTERVAL_SECONDS = 0.004

# If any frame of the stack is of one: LiteLLM's own HTTP counts as LiteLLM.
WHOLE = (
    ("LiteLLM and its SDK", ("/litellm/", "/openai/", "/anthropic/")),
    ("guard", ("/app/guard/",)),
    ("SQLAlchemy and asyncpg", ("/sqlalchemy/", "/asyncpg/", "/sqlmodel/")),
    ("callback over httpx", ("/httpx/", "/httpcore/")),
    ("logs and metrics", ("/structlog/", "/prometheus_client/", "/logging/")),
)
# Otherwise the innermost frame decides: a route stands on FastAPI, whatever it does.
INNERMOST = (
    ("FastAPI and Starlette", ("/fastapi/", "/starlette/", "/fastapi_offline/")),
    ("uvicorn and h11", ("/uvicorn/", "/h11/")),
    ("Pydantic", ("/pydantic/",)),
    ("JSON and the standard library", ("/lib/python",)),
    ("the rest of app/", ("/app/",)),
)
IDLE = "event loop and idle"
BOTTOM = frozenset(
    {"run", "serve", "main", "<module>", "__call__", "invoke", "wrapper", "_main", "asyncio_run"}
)


def layer_of(frame: FrameType | None) -> str:
    """The layer a stack belongs to; `IDLE` if nothing but the event loop is on it."""
    files: list[str] = []
    while frame is not None:
        if files or frame.f_code.co_name not in BOTTOM:
            files.append(frame.f_code.co_filename)
        frame = frame.f_back
    for name, places in WHOLE:
        if any(place in file for file in files for place in places):
            return name
    innermost = [
        name
        for file in files[:1]
        for name, places in INNERMOST
        if any(place in file for place in places)
    ]
    return innermost[0] if innermost else IDLE


def sample(thread_id: int, counts: Counter[str]) -> None:
    """Count until the process ends."""
    while True:
        time.sleep(INTERVAL_SECONDS)
        counts[layer_of(sys._current_frames().get(thread_id))] += 1  # noqa: SLF001  documented for debuggers


def main() -> None:
    """Run the command that follows FILE."""
    file, counts = Path(sys.argv.pop(1)), Counter[str]()
    threading.Thread(target=sample, args=(threading.get_ident(), counts), daemon=True).start()
    try:
        app()
    finally:
        file.write_text(json.dumps(counts))


if __name__ == "__main__":
    main()
