"""The command line: `ai-worker serve | migrate | demo`."""

import asyncio
import math
import signal
import socket
import sys
from contextlib import ExitStack
from typing import Annotated, NoReturn

import typer

from app import added_words
from app.logs import configure_logs, log
from app.settings import Settings, SettingsInvalid, load_settings

app = typer.Typer(
    help="Runs AI jobs on résumés for a placement platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

# Nginx and Node keep idle connections for 60 s and more; closing first would race with their next
# request.
KEEP_ALIVE_SECONDS = 75

# What a run does after its last model call. One still going then is cancelled and released; a
# callback that does not make it is the outbox's.
GRACE_MARGIN_SECONDS = 5


@app.command()
def serve(
    *,
    with_queue: Annotated[
        bool, typer.Option("--with-queue", help="Also the shim, and a Redis if there is none.")
    ] = False,
) -> None:
    """Run the service on PORT (4002) until SIGTERM."""
    settings = _settings()
    import uvicorn  # noqa: PLC0415  other commands do without it

    from app.main import create_app  # noqa: PLC0415  the same
    from app.telemetry.tracing import TracingAbsent  # noqa: PLC0415  the same

    # uvicorn drains and then raises the signal again, whose default would skip the clean-up at
    # exit, the embedded database's among it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))

    listening = _listening(settings.port)
    try:
        application = create_app(
            settings,
            on_refused=lambda: setattr(server, "should_exit", True),
            is_stopping=lambda: server.should_exit,
        )
    except TracingAbsent as absent:
        _refuse(str(absent))
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=grace_seconds(settings),
        )
    )
    port = listening.getsockname()[1]
    log.info("listening", port=port)
    with ExitStack() as stack:
        if with_queue:
            _start_queue(settings, port, stack)
        server.run(sockets=[listening])
    if application.state.lifecycle.refusal:
        _refuse(application.state.lifecycle.refusal)


def grace_seconds(settings: Settings) -> int:
    """How long requests may go on after SIGTERM: a call that is cut off is paid for twice."""
    return math.ceil(settings.llm_timeout_seconds) + GRACE_MARGIN_SECONDS


def _start_queue(settings: Settings, port: int, stack: ExitStack) -> None:
    """The queue beside the service; a machine that cannot run it serves HTTP alone and says so."""
    from app.local_queue.absent import LocalQueueAbsent  # noqa: PLC0415  for developers only
    from app.local_queue.beside import queue_beside  # noqa: PLC0415  the same

    try:
        url = stack.enter_context(queue_beside(settings, port))
    except LocalQueueAbsent as absent:
        typer.echo(f"ai-worker: no queue here, jobs come over HTTP only: {absent}", err=True)
    else:
        typer.echo(f"ai-worker: the shim takes jobs from the queue ai-jobs at {url}", err=True)


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = _settings()
    from app.db.embedded import EmbeddedAway, start_embedded_postgres  # noqa: PLC0415  others do without
    from app.db.extension import ExtensionAway  # noqa: PLC0415
    from app.db.migrations import migrate as migrate_database  # noqa: PLC0415
    from app.db.outage import is_outage  # noqa: PLC0415

    try:
        url = (
            settings.database_url.get_secret_value()
            if settings.database_url
            else start_embedded_postgres(settings.data_dir)
        )
        revision = asyncio.run(migrate_database(url))
    except (EmbeddedAway, ExtensionAway) as away:
        _refuse(str(away))
    except Exception as error:  # noqa: BLE001  its text may hold a row's values or the address
        if is_outage(error):
            _refuse("the database (DATABASE_URL) cannot be reached")
        log.error("migration_failed", error=error)
        _refuse("the migration failed; the log says where")
    typer.echo(f"ai-worker: the database is at revision {revision}")


@app.command()
def demo(
    job: Annotated[str, typer.Option(help="The job type to run.")] = "rewrite-resume",
) -> None:
    """Run one job from start to callback, with nothing but this clone."""
    settings = _settings()
    from app.demo.run import run_demo  # noqa: PLC0415  others do without it
    from app.demo.screen import Screen  # noqa: PLC0415  the same
    from app.demo.shows import SHOWS  # noqa: PLC0415  the same

    if job not in SHOWS:
        _refuse(f"there is no job {job}; there are {', '.join(SHOWS)}")
    # Ended in whatever way, it stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    raise typer.Exit(run_demo(settings, Screen(), job))


def main() -> None:
    """The console script."""
    app()


def _settings() -> Settings:
    try:
        settings = load_settings()
    except SettingsInvalid as error:
        _refuse(str(error))
    configure_logs(settings.log_level)
    added_words.folder = settings.guard_words_dir
    return settings


def _listening(port: int) -> socket.socket:
    listening = socket.socket()
    # A port that was left a moment ago can be opened again.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("0.0.0.0", port))  # noqa: S104  a container's only address; the secret guards it
        # Without this a second process could bind as well and fail later.
        listening.listen()
    except OSError as error:
        _refuse(f"port {port} (PORT) cannot be opened: {error.strerror}")
    return listening


def _refuse(reason: str) -> NoReturn:
    typer.echo(f"ai-worker: {reason}", err=True)
    raise typer.Exit(1)
