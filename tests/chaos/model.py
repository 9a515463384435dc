"""A model provider in OpenAI's format: `python -m tests.chaos.model PORT FOLDER SEED`.

It takes 50 to 400 ms, fails as planned for each job, and bills what it answers, also to a client
that left. Each call's input tokens are a number no other call has, so that the service's ledger
can be held against this one call by call.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.chaos.history import lines, recorder
from tests.chaos.http_request import answer_bytes, read_request, reset
from tests.chaos.planned_jobs import PlannedJob, planned_job

MARK = re.compile(rb"chaos-(\d{6})")

LATENCY_SECONDS = (0.05, 0.4)
# A job whose connection was lost is delivered again after about five seconds, and meets itself.
SLOW_SECONDS = (6.0, 9.0)
RETRY_AFTER_SECONDS = 1

FIRST_TOKENS = 1_000
OUTPUT_TOKENS = 20

# Says no more than the résumé that world.py stores; the guard lets it through.
EDITS = {
    "edits": [
        {
            "path": "experience.0.bullets.0",
            "text": "Wrote Python scripts which cleaned shipment records weekly",
        }
    ],
    "summary": None,
}


class Model:
    """Counts on from what its predecessor, killed or not, wrote down."""

    def __init__(self, folder: Path, seed: int) -> None:
        past = list(lines(folder, "model"))
        ended = {line["call"] for line in past if line["event"] in {"answering", "failed"}}
        self._seed = seed
        self._write = recorder(folder, "model")
        self._calls = max((line["call"] for line in past), default=0)
        begun = [line for line in past if line["event"] == "begun"]
        # A call that a kill cut off cost its job an attempt too.
        self._faults = Counter(
            line["job"] for line in begun if line["fault"] or line["call"] not in ended
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await read_request(reader)
            found = MARK.search(request.body)
            await self._answer(int(found[1]) if found else 0, reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        job = planned_job(self._seed, number)
        self._calls += 1
        call, fault = self._calls, self._next_fault(job)
        self._write("begun", call=call, job=number, fault=fault)
        await self._think(call, job, reader)
        if fault:
            self._write("failed", call=call, job=number, fault=fault)
            if fault == "reset":
                return reset(writer)
            wait = {"Retry_After": str(RETRY_AFTER_SECONDS)} if fault == "429" else {}
            writer.write(answer_bytes(int(fault), b"{}", **wait))
            return await writer.drain()
        tokens = FIRST_TOKENS + call
        answer = answer_bytes(200, _completion(job, tokens), Content_Type="application/json")
        # Between these two lines a kill leaves open whether the client got it.
        self._write("answering", call=call, job=number, tokens=tokens)
        writer.write(answer)
        self._write("answered", call=call, job=number)
        return await writer.drain()

    def _next_fault(self, job: PlannedJob) -> str | None:
        given = self._faults[job.number]
        if given >= len(job.model_faults):
            return None
        self._faults[job.number] += 1
        return job.model_faults[given]

    async def _think(self, call: int, job: PlannedJob, reader: asyncio.StreamReader) -> None:
        random = Random(f"{self._seed}-call-{call}")  # noqa: S311  repeatable on purpose
        seconds = random.uniform(*(SLOW_SECONDS if job.is_slow else LATENCY_SECONDS))
        # Clients send one request and then nothing: the end of that is that they left.
        left = asyncio.create_task(reader.read(1))
        thought = asyncio.create_task(asyncio.sleep(seconds))
        await asyncio.wait({left, thought}, return_when=asyncio.FIRST_COMPLETED)
        if left.done():
            self._write("left", call=call, job=job.number)
            left.exception()
        else:
            left.cancel()
        await thought


def _completion(job: PlannedJob, tokens: int) -> bytes:
    message = {"role": "assistant", "content": json.dumps(EDITS)}
    reason = "content_filter" if job.is_refused else "stop"
    completion = {
        "id": f"chatcmpl-{tokens}",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": tokens,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": tokens + OUTPUT_TOKENS,
        },
    }
    return json.dumps(completion).encode()


async def main() -> None:
    """Serve until killed."""
    port, folder, seed = sys.argv[1:]
    model = Model(Path(folder), int(seed))
    server = await asyncio.start_server(model.serve, "127.0.0.1", int(port))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
