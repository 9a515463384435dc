"""core-api: `python -m tests.chaos.core_api PORT FOLDER SEED DATABASE_URL`.

Told of a result it looks the row up at once, and then fails three times of ten: an error, a
connection cut, silence. What it is told, it writes down before it answers.
"""

import asyncio
import json
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

import asyncpg

from tests.chaos.history import lines, recorder
from tests.chaos.http_request import answer_bytes, read_request, reset

# Silence is rare: it holds up the relay's whole batch for its timeout of 10 s.
FAILURES = (("500", 0.15), ("reset", 0.14), ("silence", 0.01))
SILENCE_SECONDS = 15

READ_SECONDS = 3
IS_READABLE = "select exists (select from resumes where id = $1 and is_ai_variant)"


class CoreApi:
    """Counts on from what its predecessor, killed or not, wrote down."""

    def __init__(self, folder: Path, seed: int, database: asyncpg.Pool) -> None:
        self._seed = seed
        self._database = database
        self._told = Counter(line["job_id"] for line in lines(folder, "core_api"))
        self._write = recorder(folder, "core_api")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one callback."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await read_request(reader)
            body = json.loads(request.body)
            is_readable = await self._is_readable(body["resultId"])
            answer = self._next_answer(body["jobId"]) if is_readable else "unread"
            self._write(
                "callback",
                webhook_id=request.headers.get("webhook-id"),
                run_id=body["runId"],
                job_id=body["jobId"],
                result_id=body["resultId"],
                is_readable=is_readable,
                answer=answer,
            )
            await _answer(answer, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _is_readable(self, result_id: str) -> bool | None:
        """Whether the row is there; `None` when the database did not say."""
        try:
            async with asyncio.timeout(READ_SECONDS):
                return bool(await self._database.fetchval(IS_READABLE, result_id))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None

    def _next_answer(self, job_id: str) -> str:
        self._told[job_id] += 1
        chance = Random(f"{self._seed}-{job_id}-{self._told[job_id]}").random()  # noqa: S311
        for failure, share in FAILURES:
            chance -= share
            if chance < 0:
                return failure
        return "ok"


async def _answer(answer: str, writer: asyncio.StreamWriter) -> None:
    if answer == "reset":
        return reset(writer)
    if answer == "silence":
        await asyncio.sleep(SILENCE_SECONDS)
    writer.write(answer_bytes({"ok": 204, "unread": 503}.get(answer, 500)))
    return await writer.drain()


async def main() -> None:
    """Serve until killed."""
    port, folder, seed, url = sys.argv[1:]
    database = await asyncpg.create_pool(url, min_size=0, max_size=5)
    core_api = CoreApi(Path(folder), int(seed), database)
    server = await asyncio.start_server(core_api.serve, "127.0.0.1", int(port))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
