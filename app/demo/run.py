"""`ai-worker demo`: one job from its start to its callback, with nothing but this clone."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from app.demo.caller import Delivery, deliver, find_run, fresh_key, store
from app.demo.core_api import CoreApi
from app.demo.examples import read_examples
from app.demo.failure import DemoFailed
from app.demo.follow import follow
from app.demo.queue import Queue, enqueued, running_queue
from app.demo.screen import Screen
from app.demo.service_process import running_service
from app.demo.show import bill, callback_request, model_label
from app.demo.shows import SHOWS, Show
from app.jobs import rewrite_resume
from app.local_queue.absent import LocalQueueAbsent
from app.settings import Settings

SUBTITLE = (
    "{title}: what the model says is checked against what it was told, the result is stored, and "
    "core-api is told. It needs no AI key; with one, it asks that model."
)

INTERRUPTED = 130  # 128 + SIGINT, as shells count


def run_demo(settings: Settings, screen: Screen, job: str = rewrite_resume.JOB.name) -> int:
    """Run the demo of a job and give the exit code; whatever it started has ended by then."""
    log = f"The service's log: {settings.data_dir / 'demo.log'}"
    try:
        asyncio.run(_demo(settings, SHOWS[job], screen))
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


async def _demo(settings: Settings, show: Show, screen: Screen) -> None:
    started = time.monotonic()
    examples = read_examples()
    screen.title("ai-worker demo", SUBTITLE.format(title=show.job.title))
    async with AsyncExitStack() as stack:
        core_api = stack.enter_context(CoreApi())
        client = await _start(settings, core_api, screen, stack)
        queue = _start_queue(settings, client, screen, stack)
        await store(client, examples)
        screen.done(f"{len(examples)} made-up records from examples/ stored")
        delivery, result_id = await _run_job(client, queue, show, screen)
        screen.show(*await show.result(client, result_id))
        screen.subheading("The bill")
        screen.show(bill(await find_run(client, delivery)))
        screen.heading(3, "What a lying model would get")
        screen.note("No model wrote these: the demo planted them, and asked the same checks.")
        screen.show(*show.lies())
        screen.heading(4, "What core-api was told")
        screen.show(callback_request(await core_api.callback_of(delivery.run_id)))
        await _repeat(client, delivery, result_id, screen)
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


def _start_queue(
    settings: Settings, client: httpx.AsyncClient, screen: Screen, stack: AsyncExitStack
) -> Queue | None:
    """Redis and the shim; nothing where this machine cannot run them, and the screen says so."""
    try:
        queue = stack.enter_context(
            running_queue(
                settings.data_dir.absolute() / "demo",
                worker_url=str(client.base_url).rstrip("/"),
                secret=client.headers["x-internal-secret"],
            )
        )
    except LocalQueueAbsent as absent:
        screen.failed(f"No queue here, the job goes over HTTP instead: {absent}.")
        return None
    screen.done(f"Redis listens on {queue.redis_url}, and the shim takes its jobs to the service")
    return queue


@asynccontextmanager
async def _sent(
    client: httpx.AsyncClient, queue: Queue | None, show: Show, screen: Screen
) -> AsyncIterator[tuple[Delivery, Coroutine[None, None, str]]]:
    """The job on its way, through the queue or over HTTP, and what waits for its result's id."""
    if queue:
        async with enqueued(queue, show.job) as queued:
            screen.note(f"A producer put {show.job.name} on the queue: {queued.delivery.key}")
            yield queued.delivery, queued.result_id()
    else:
        delivery = Delivery(show.job, fresh_key())
        screen.note(f"POST /jobs/{show.job.name}, Idempotency-Key {delivery.key}")
        yield delivery, _result_by_http(client, delivery)


async def _result_by_http(client: httpx.AsyncClient, delivery: Delivery) -> str:
    return (await deliver(client, delivery)).result_id


async def _run_job(
    client: httpx.AsyncClient, queue: Queue | None, show: Show, screen: Screen
) -> tuple[Delivery, str]:
    """The job from its start to its result's id."""
    screen.heading(2, show.about)
    started = time.monotonic()
    async with _sent(client, queue, show, screen) as (delivery, result):
        with screen.progress("The job") as tell:
            result_id = await follow(client, delivery, result, tell)
    screen.done(f"Done in {_since(started)}")
    return delivery, result_id


async def _repeat(
    client: httpx.AsyncClient, delivery: Delivery, result_id: str, screen: Screen
) -> None:
    """Deliver the job again, as BullMQ does after a lost answer."""
    screen.heading(5, "The same delivery once more")
    before = await find_run(client, delivery)
    started = time.monotonic()
    again = await deliver(client, delivery)
    took = _since(started)
    after = await find_run(client, delivery)
    is_same = again.is_replay and again.result_id == result_id
    if not is_same or len(before.calls) != len(after.calls):
        raise DemoFailed("The second delivery was not answered from the first one's result.")
    screen.done(
        f"isReplay: true, the same result in {took}; model calls: {len(after.calls)}, as before"
    )


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.2f} s"
