"""The worker that document 000 describes, as it is written there, for rewrite-resume.

Python's BullMQ client, the openai SDK, asyncpg with raw SQL, pydantic, and an httpx client for each
callback. `SHARED_CLIENT=1` keeps one httpx client instead, the first thing anybody would change.
It has no idempotency, no journal, no guard, no outbox and no repair: what a job costs without them.
"""

import asyncio
import os
import signal
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg
import httpx
import uvicorn
from bullmq import Worker
from fastapi import FastAPI
from openai import AsyncOpenAI
from pydantic import BaseModel, ConfigDict

CORE_API_INTERNAL_URL = os.environ["CORE_API_INTERNAL_URL"]
CORE_API_INTERNAL_SECRET = os.environ["CORE_API_INTERNAL_SECRET"]
MAX_TOKENS = 2000

REWRITE_RESUME_PROMPT = """
You are a professional resume editor helping a student tailor their resume for a specific job.

Job Title: {job_title}
Job Description: {job_description}

Student's current resume (JSON format):
{resume_json}

Instructions:
- Rewrite the bullet points in the experience and projects sections to better match the job description
- Keep all factual information (dates, company names, titles) exactly the same
- Do not add any experience or skills the student does not have
- Improve phrasing to use active verbs and quantify impact where data is already present
- Tone: {tone}

Return ONLY valid JSON in exactly the same schema as the input resume. No preamble, no explanation.
"""  # noqa: E501  document 000's own words


class RewriteResumeJob(BaseModel):
    """Document 000's payload."""

    tenant_id: str
    student_id: str
    resume_id: str
    job_id: str
    job_title: str
    job_description: str
    tone: Literal["concise", "detailed", "professional"]


class Bullet(BaseModel):
    """A bullet and whether it was verified."""

    text: str
    verified: bool = False


class Entry(BaseModel):
    """An entry of experience or projects."""

    model_config = ConfigDict(extra="allow")
    bullets: list[str | Bullet] = []


class ResumeSchema(BaseModel):
    """A résumé, as far as a rewrite needs to know it."""

    model_config = ConfigDict(extra="allow")
    experience: list[Entry] = []
    projects: list[Entry] = []


class RewriteResume:
    """Document 000's processor, step by step."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._llm = AsyncOpenAI()
        self._shared = httpx.AsyncClient() if os.environ.get("SHARED_CLIENT") else None

    async def __call__(self, job: Any, _token: str) -> str:  # noqa: ANN401  bullmq is untyped
        """One job."""
        data = RewriteResumeJob.model_validate(job.data)
        async with self._pool.acquire() as connection:
            resume_json = await connection.fetchval(
                "select resume from resumes where tenant_id = $1 and id = $2",
                data.tenant_id,
                data.resume_id,
            )
        prompt = REWRITE_RESUME_PROMPT.format(resume_json=resume_json, **vars(data))
        rewritten = _verified(_parsed(await self._complete(prompt)))
        async with self._pool.acquire() as connection:
            new_resume_id: str = await connection.fetchval(
                "insert into resumes (tenant_id, student_id, resume, is_ai_variant, base_resume_id)"
                " values ($1, $2, $3, true, $4) returning id",
                data.tenant_id,
                data.student_id,
                rewritten.model_dump_json(),
                data.resume_id,
            )
        if self._shared:
            await _complete(self._shared, job, data, new_resume_id)
        else:
            async with httpx.AsyncClient() as client:
                await _complete(client, job, data, new_resume_id)
        return new_resume_id

    async def _complete(self, prompt: str) -> str:
        response = await self._llm.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "user", "content": prompt}],
            max_tokens=MAX_TOKENS,
            temperature=0.3,
        )
        return response.choices[0].message.content or ""


async def _complete(
    client: httpx.AsyncClient,
    job: Any,  # noqa: ANN401  bullmq is untyped
    data: RewriteResumeJob,
    new_resume_id: str,
) -> None:
    await client.post(
        f"{CORE_API_INTERNAL_URL}/internal/ai-jobs/complete",
        json={
            "jobId": job.id,
            "jobType": job.name,
            "tenantId": data.tenant_id,
            "resultId": new_resume_id,
        },
        headers={"x-internal-secret": CORE_API_INTERNAL_SECRET},
    )


def _parsed(response_text: str) -> ResumeSchema:
    clean = response_text.strip().removeprefix("```json").removesuffix("```").strip()
    return ResumeSchema.model_validate_json(clean)


def _verified(resume: ResumeSchema) -> ResumeSchema:
    for entry in (*resume.experience, *resume.projects):
        entry.bullets = [
            Bullet(text=bullet if isinstance(bullet, str) else bullet.text, verified=True)
            for bullet in entry.bullets
        ]
    return resume


async def main() -> None:
    """Run the worker and its health endpoint until SIGTERM."""
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"])
    rewrite = RewriteResume(pool)
    redis = urlsplit(os.environ["REDIS_URL"])
    worker = Worker(
        "ai-jobs",
        rewrite,
        {
            "connection": {"host": redis.hostname, "port": redis.port},
            "concurrency": int(os.environ["CONCURRENCY"]),
        },
    )
    app = FastAPI()

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {
            "status": "ok",
            "worker_active": worker.isRunning() if hasattr(worker, "isRunning") else worker.running,
            "llm_provider": "openai",
        }

    config = uvicorn.Config(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error")
    await uvicorn.Server(config).serve()
    await worker.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(main())
