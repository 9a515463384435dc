"""`ai-worker` with a sampler beside it: what the event loop's thread was doing, by layer.

`python -m bench.sampled_service FILE serve` writes the counts to FILE as JSON when it ends. Every
few milliseconds the stack of the main thread is looked at; of its frames the one that says most is
counted. The sampler gets its turn where Python lets go of the lock, so shares are good to a few
percent, and whoever waits for I/O in C is not seen at all.
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

# The first that any frame of the stack belongs to: LiteLLM's own HTTP counts as LiteLLM.
LAYERS = (
    ("LiteLLM and its SDK", ("/litellm/", "/openai/", "/anthropic/")),
    ("guard", ("/app/guard/",)),
    ("SQLAlchemy and asyncpg", ("/sqlalchemy/", "/asyncpg/", "/sqlmodel/")),
    ("callback over httpx", ("/httpx/", "/httpcore/", "/h11/")),
    ("FastAPI, Pydantic and uvicorn", ("/fastapi/", "/starlette/", "/pydantic/", "/uvicorn/")),
    ("logs and metrics", ("/structlog/", "/prometheus_client/", "/logging/")),
    ("the rest of app/", ("/app/",)),
)
IDLE = "event loop and idle"


def layer_of(frame: FrameType | None) -> str:
    """The layer a stack belongs to; `IDLE` if nothing but the event loop is on it."""
    files = []
    while frame is not None:
        # The bottom of every stack: the server's own run.
        if frame.f_code.co_name not in ("run", "serve", "main", "__call__", "<module>"):
            files.append(frame.f_code.co_filename)
        frame = frame.f_back
    for name, places in LAYERS:
        if any(place in file for file in files for place in places):
            return name
    return IDLE


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
