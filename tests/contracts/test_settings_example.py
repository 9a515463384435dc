"""`.env.example` and `Settings` name the same variables, and nothing else reads the environment."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"

# settings.py reads it through pydantic-settings; these two use it without reading a value of ours.
ALLOWED = {
    "app/llm/provider.py": "sets what LiteLLM reads while it is imported",
    "app/demo/queue.py": "hands the whole of it to the process it starts",
    "app/demo/service_process.py": "hands the whole of it to the process it starts",
    "app/local_queue/shim.py": "hands the whole of it to the process it starts",
}


def example_variables() -> dict[str, str]:
    """The variables of the example with the comment above each."""
    variables: dict[str, str] = {}
    comment = ""
    for line in EXAMPLE.read_text().splitlines():
        if line.startswith("#"):
            comment = f"{comment} {line.lstrip('# ')}".strip()
        elif line:
            variables[line.partition("=")[0]] = comment
            comment = ""
        else:
            comment = ""
    return variables


def environment_uses(source: str) -> Iterator[str]:
    """Every mention of the environment in a module."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv"):
                yield f"os.{node.attr}"
            case ast.ImportFrom(module="os", names=names):
                yield from (
                    f"from os import {name.name}"
                    for name in names
                    if name.name in {"environ", "environb", "getenv"}
                )


def test_the_example_lists_every_setting_and_no_other() -> None:
    """A setting that is added, renamed or removed must be so in the example."""
    assert set(example_variables()) == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("variable", sorted(name.upper() for name in Settings.model_fields))
def test_every_setting_is_explained_in_a_sentence(variable: str) -> None:
    """Above each variable stands what it does."""
    comment = example_variables()[variable]

    assert comment.rstrip("]").endswith((".", "production", "production, one of the two"))
    assert len(comment.split()) >= 4


def test_the_example_as_it_is_starts_a_development_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Copied unchanged, the example gives the defaults."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    from_example = Settings(_env_file=EXAMPLE)

    assert from_example.model_dump() == Settings(_env_file=None).model_dump()


def test_only_the_settings_read_the_environment() -> None:
    """No module of app/ mentions the environment, but for those that hand it on."""
    using = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "app").rglob("*.py")
        if any(environment_uses(file.read_text(encoding="utf-8")))
    }

    assert using == set(ALLOWED)


def test_every_way_to_read_the_environment_is_noticed() -> None:
    """The law above sees attribute access and imports alike."""
    sources = ("import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ")

    assert all(list(environment_uses(source)) for source in sources)
