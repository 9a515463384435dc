"""What the services tell Prometheus, read several times a second while they are killed."""

import asyncio
import math
import re
import time
from collections.abc import Mapping
from contextlib import suppress

import httpx

from tests.chaos.history import Write

PAUSE_SECONDS = 0.25

# The figures that the ledgers hold as well: a series, and what must stand in its labels.
FIGURES = {
    "calls": ("ai_worker_model_calls_total", 'outcome="answered"'),
    "input_tokens": ("ai_worker_model_tokens_total", 'direction="input"'),
    "output_tokens": ("ai_worker_model_tokens_total", 'direction="output"'),
    "succeeded": ("ai_worker_runs_total", 'outcome="succeeded"'),
    "undelivered": ("ai_worker_outbox_events", "state="),
}
SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


class Scraper:
    """Reads each service's /metrics by itself, as Prometheus does."""

    def __init__(self, ports: Mapping[str, int], write: Write) -> None:
        self._ports = ports
        self._write = write

    async def keep_scraping(self) -> None:
        """Read all of them again and again until cancelled."""
        while True:
            await self.scrape()
            await asyncio.sleep(PAUSE_SECONDS)

    async def scrape(self) -> None:
        """Read all of them once; who is away is passed over."""
        await asyncio.gather(*(self._scrape(part, port) for part, port in self._ports.items()))

    async def _scrape(self, part: str, port: int) -> None:
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                asked_at = time.time()
                page = await client.get(f"http://127.0.0.1:{port}/metrics")
            self._write("scraped", part=part, asked_at=asked_at, **figures(page.text))


def figures(page: str) -> dict[str, float | None]:
    """Each figure's sum over its series; null where one of them is no number."""
    found = dict.fromkeys(FIGURES, 0.0)
    for series, labels, value in SERIES.findall(page):
        for name, (wanted, label) in FIGURES.items():
            if series == wanted and label in labels:
                found[name] += float(value)
    return {name: None if math.isnan(total) else total for name, total in found.items()}
