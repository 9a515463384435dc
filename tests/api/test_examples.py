from pathlib import Path

from app.api.examples import example_body, example_id


def test_a_body_is_the_record_without_its_address(tmp_path: Path) -> None:
    """The id and the tenant of a stored example are in the path and the header, not in the body."""
    (tmp_path / "students").mkdir()
    (tmp_path / "students" / "an.json").write_text('{"id": "an", "tenantId": "t", "name": "Añ"}')

    shown = example_body("students", "an", tmp_path)

    assert shown == {"an": {"value": {"name": "Añ"}}}


def test_without_the_folder_there_is_no_example(tmp_path: Path) -> None:
    """An image without examples/ has a docs page without them, and starts."""
    shown = example_body("students", "an", tmp_path)

    assert shown == {}


def test_an_id_is_offered_as_itself() -> None:
    """A path's field is filled with the id."""
    assert example_id("an") == {"an": {"value": "an"}}
