from pathlib import Path

import asyncpg
import pytest

from app.db.embedded import start_embedded_postgres


async def test_two_who_start_it_share_one_server(embedded_url: str) -> None:
    """A second start joins the server that runs already, and it is PostgreSQL with pgvector."""
    folder = Path(embedded_url.partition("host=")[2].partition("&")[0])

    again = start_embedded_postgres(folder.parent)

    assert again == embedded_url
    connection = await asyncpg.connect(again)
    extensions = await connection.fetch("select name from pg_available_extensions")
    await connection.close()
    assert "vector" in {extension["name"] for extension in extensions}


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """A DATA_DIR that is a file is an error of the file system, told at once."""
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(OSError, match="taken"):
        start_embedded_postgres(tmp_path / "taken")
