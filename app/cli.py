"""The command line: `ai-worker serve | migrate | demo`."""

import asyncio
import signal
import sys
from typing import NoReturn

import typer

from app.logs import configure_logs
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

# Below the 30 s that Kubernetes grants; a call still going then is cancelled and its run released.
GRACE_SECONDS = 20


@app.command()
def serve() -> None:
    """Run the service on PORT (4002) until SIGTERM."""
    settings = _settings()
    import uvicorn  # noqa: PLC0415  other commands do without it

    from app.main import create_app  # noqa: PLC0415  the same

    # uvicorn drains and then raises the signal again, whose default would skip the clean-up at exit,
    # the embedded database's among it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))

    application = create_app(settings, on_refused=lambda: setattr(server, "should_exit", True))
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host="0.0.0.0",  # noqa: S104  a container's only address; the secret guards it
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    server.run()
    if application.state.lifecycle.refusal:
        _refuse(application.state.lifecycle.refusal)


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = _settings()
    from app.db.embedded import start_embedded_postgres  # noqa: PLC0415  others do without it
    from app.db.migrations import migrate as migrate_database  # noqa: PLC0415
    from app.db.outage import is_outage  # noqa: PLC0415

    try:
        url = (
            settings.database_url.get_secret_value()
            if settings.database_url
            else start_embedded_postgres(settings.data_dir)
        )
        revision = asyncio.run(migrate_database(url))
    except Exception as error:
        if not is_outage(error):
            raise
        _refuse("the database (DATABASE_URL) cannot be reached")
    typer.echo(f"ai-worker: the database is at revision {revision}")


def main() -> None:
    """The console script."""
    app()


def _settings() -> Settings:
    try:
        settings = load_settings()
    except SettingsInvalid as error:
        _refuse(str(error))
    configure_logs(settings.log_level)
    return settings


def _refuse(reason: str) -> NoReturn:
    typer.echo(f"ai-worker: {reason}", err=True)
    raise typer.Exit(1)
