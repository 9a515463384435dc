"""`ai-worker demo`: one job from its start to its callback, with nothing but this clone."""

import asyncio
import time
from contextlib import AsyncExitStack

import httpx

from app.demo.caller import Delivery, deliver, find_run, fresh_key, read_resume, store
from app.demo.core_api import CoreApi
from app.demo.examples import Example, find_example, read_examples
from app.demo.failure import DemoFailed
from app.demo.lies import caught_lies
from app.demo.screen import Screen
from app.demo.service_process import running_service
from app.demo.show import (
    bill,
    callback_request,
    changed_texts,
    model_label,
    refused_edits,
    refused_lies,
)
from app.jobs.rewrite_resume import JOB
from app.runs.receipt import Receipt
from app.settings import Settings
from app.wire import JsonObject

SUBTITLE = (
    "A résumé is reworded for a posting, every change is checked against what the student said, "
    "the result is stored, and core-api is told. It needs no AI key; with one, it asks that model."
)

INTERRUPTED = 130  # 128 + SIGINT, as shells count


def run_demo(settings: Settings, screen: Screen) -> int:
    """Run the demo and give the exit code; whatever it started has ended by then."""
    log = f"The service's log: {settings.data_dir / 'demo.log'}"
    try:
        asyncio.run(_demo(settings, screen))
    except KeyboardInterrupt:
        screen.failed(f"Interrupted; everything the demo started is stopped. {log}")
        return INTERRUPTED
    except DemoFailed as failure:
        screen.failed(f"{failure} {log}")
        return 1
    except httpx.HTTPError:
        screen.failed(f"The service stopped answering in the middle of the demo. {log}")
        return 1
    except OSError as error:
        screen.failed(f"The demo cannot use {error.filename or 'this machine'}: {error.strerror}.")
        return 1
    return 0


async def _demo(settings: Settings, screen: Screen) -> None:
    started = time.monotonic()
    examples = read_examples()
    delivery = Delivery(JOB, fresh_key())
    screen.title("ai-worker demo", SUBTITLE)
    async with AsyncExitStack() as stack:
        core_api = stack.enter_context(CoreApi())
        client = await _start(settings, core_api, screen, stack)
        await store(client, examples)
        screen.done(f"{len(examples)} made-up records from examples/ stored")
        receipt = await _rewrite(client, delivery, examples, screen)
        _plant_lies(examples, screen)
        screen.heading(4, "What core-api was told")
        screen.show(callback_request(await core_api.callback_of(delivery.run_id)))
        await _repeat(client, delivery, receipt, screen)
    screen.done(f"Everything is stopped again, {time.monotonic() - started:.1f} s after the start")
    screen.note("Next: make serve, then http://localhost:4002/docs")


async def _start(
    settings: Settings, core_api: CoreApi, screen: Screen, stack: AsyncExitStack
) -> httpx.AsyncClient:
    started = time.monotonic()
    data = settings.data_dir.absolute()
    screen.heading(1, "Start the service and a stand-in for core-api")
    with screen.waiting("The service starts and waits for") as tell:
        client = await stack.enter_async_context(
            running_service(
                settings,
                core_api_url=core_api.url,
                folder=data / "demo",
                log=data / "demo.log",
                tell=tell,
            )
        )
    screen.done(f"ai-worker listens on {client.base_url}, ready in {_since(started)}")
    screen.done(f"core-api's stand-in listens on {core_api.url}")
    screen.done(f"The model is {model_label(f'{settings.provider}/{settings.model}')}")
    return client


async def _rewrite(
    client: httpx.AsyncClient, delivery: Delivery, examples: list[Example], screen: Screen
) -> Receipt:
    student = _example(examples, "students", "student_id")
    posting = _example(examples, "postings", "job_id")
    screen.heading(2, f"{student['name']}'s résumé for {posting['title']}, {posting['company']}")
    screen.note(f"POST /jobs/{delivery.job.name}, Idempotency-Key {delivery.key}")
    started = time.monotonic()
    with screen.waiting("The job") as tell:
        receipt = await deliver(client, delivery, tell)
    screen.done(f"Done in {_since(started)}")
    base_id = str(delivery.job.example["resume_id"])
    base = await read_resume(client, delivery.tenant_id, base_id)
    variant = await read_resume(client, delivery.tenant_id, receipt.result_id)
    screen.show(*changed_texts(base, variant))
    if receipt.refusals:
        screen.subheading("Refused: these proposals were not let through")
        screen.show(*refused_edits(base.resume, receipt.refusals))
    else:
        screen.subheading("Refused: nothing, every proposal says what the student said")
    screen.subheading("The bill")
    screen.show(bill(receipt, await find_run(client, delivery)))
    return receipt


def _plant_lies(examples: list[Example], screen: Screen) -> None:
    screen.heading(3, "What a lying model would get")
    screen.note("No model wrote these: the demo planted them, and asked the same guard.")
    resume = _example(examples, "resumes", "resume_id")["resume"]
    posting = _example(examples, "postings", "job_id")
    lies = caught_lies(resume, f"{posting['title']}\n\n{posting['description']}")
    screen.show(*refused_lies(resume, lies))


async def _repeat(
    client: httpx.AsyncClient, delivery: Delivery, receipt: Receipt, screen: Screen
) -> None:
    """Deliver the job again, as BullMQ does after a lost answer."""
    screen.heading(5, "The same delivery once more")
    before = await find_run(client, delivery)
    started = time.monotonic()
    again = await deliver(client, delivery, lambda _: None)
    took = _since(started)
    after = await find_run(client, delivery)
    is_same = again.is_replay and again.result_id == receipt.result_id
    if not is_same or len(before.calls) != len(after.calls):
        raise DemoFailed("The second delivery was not answered from the first one's result.")
    screen.done(
        f"isReplay: true, the same result in {took}; model calls: {len(after.calls)}, as before"
    )


def _example(examples: list[Example], kind: str, named: str) -> JsonObject:
    """The example that the job's payload names."""
    return find_example(examples, kind, str(JOB.example[named])).body


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.2f} s"
