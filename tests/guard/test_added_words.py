import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import SettingsInvalid, load_settings

ASK = """
import sys
from pathlib import Path
from app import added_words
added_words.folder = Path(sys.argv[1])
from app.guard import review
from app.resume.edits import Edit
resume = {"experience": [{"bullets": ["Foobled 20 crates."]}]}
print(len(review(resume, [Edit("experience.0.bullets.0", "Quuxed 20 crates.")]).accepted))
"""


@pytest.mark.parametrize(("added", "accepted"), [("fooble, quux", "1"), ("# nothing", "0")])
def test_added_words_are_known(tmp_path: Path, added: str, accepted: str) -> None:
    """A synonym an operator adds lets a rewording pass that is refused without it."""
    (tmp_path / "synonyms.txt").write_text(added + "\n", encoding="utf-8")

    asked = subprocess.run(  # noqa: S603  our own interpreter, our own text
        [sys.executable, "-c", ASK, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert asked.stdout.strip() == accepted


def test_a_file_that_is_no_list_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt file name is said, not passed over."""
    (tmp_path / "synonims.txt").write_text("", encoding="utf-8")
    monkeypatch.setenv("GUARD_WORDS_DIR", str(tmp_path))

    with pytest.raises(SettingsInvalid, match=r"synonims\.txt is none of the guard's lists"):
        load_settings()


def test_a_file_that_is_no_text_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list in another encoding is said, not guessed."""
    (tmp_path / "synonyms.txt").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("GUARD_WORDS_DIR", str(tmp_path))

    with pytest.raises(SettingsInvalid, match=r"synonyms\.txt cannot be read"):
        load_settings()


def test_a_folder_that_is_not_there_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong path is said."""
    monkeypatch.setenv("GUARD_WORDS_DIR", str(tmp_path / "none"))

    with pytest.raises(SettingsInvalid, match="is no folder"):
        load_settings()


def test_lists_of_an_operator_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with well-named lists is accepted."""
    (tmp_path / "skills.txt").write_text("foobar = foo bar\n", encoding="utf-8")
    monkeypatch.setenv("GUARD_WORDS_DIR", str(tmp_path))

    settings = load_settings()

    assert settings.guard_words_dir == tmp_path
