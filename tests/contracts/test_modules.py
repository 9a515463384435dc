"""House laws about every file."""

import ast
import math
import re
from pathlib import Path

import pytest

from tests.contracts.source import FunctionNode, functions, imports, modules, name, tree

APP = modules("app")
TESTS = modules("tests")

MAX_LINES = 300

# Names of a role attract whatever has no home.
ROLES = {
    *("service", "services", "manager", "managers", "utils", "util", "helpers", "helper"),
    *("common", "base", "core", "handler", "handlers", "misc"),
}

MAX_P90_FUNCTION_LINES = 30


def _lines(node: FunctionNode) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("module", APP, ids=name)
def test_a_module_says_what_it_is(module: Path) -> None:
    """Each module of the app with anything in it begins with a docstring."""
    content = tree(module)

    assert not content.body or ast.get_docstring(content)


@pytest.mark.parametrize("module", APP, ids=name)
def test_a_module_is_short(module: Path) -> None:
    """No module is longer than 300 lines."""
    lines = module.read_text(encoding="utf-8").count("\n")

    assert lines <= MAX_LINES


def test_functions_are_short() -> None:
    """Nine functions of ten have at most 30 lines."""
    lengths = sorted(_lines(function) for module in APP for function in functions(module))

    p90 = lengths[math.ceil(0.9 * len(lengths)) - 1]

    assert p90 <= MAX_P90_FUNCTION_LINES


@pytest.mark.parametrize("module", [*APP, *TESTS], ids=name)
def test_a_module_is_named_for_what_it_does(module: Path) -> None:
    """No file or folder is named after a role."""
    parts = {part.removesuffix(".py") for part in Path(name(module)).parts}

    assert not parts & ROLES


@pytest.mark.parametrize("module", [*APP, *TESTS], ids=name)
def test_one_module_knows_litellm(module: Path) -> None:
    """Only app/llm/provider.py imports LiteLLM; tests may look at what it wraps."""
    knows = any(found.split(".")[0] == "litellm" for found in imports(module))

    assert not knows or name(module) == "app/llm/provider.py" or "llm" in module.parts


@pytest.mark.parametrize("module", [m for m in TESTS if m.name.startswith("test_")], ids=name)
def test_a_test_says_what_it_shows(module: Path) -> None:
    """Each test has one sentence about behaviour as its docstring."""
    for function in functions(module):
        if function.name.startswith("test_"):
            told = ast.get_docstring(function) or ""

            sentence = told.split("\n\n")[0]

            assert re.fullmatch(r"\S.*\.", sentence, re.DOTALL), (function.name, sentence)


@pytest.mark.parametrize("module", TESTS, ids=name)
def test_nothing_is_patched_or_skipped(module: Path) -> None:
    """There is no unittest.mock, and no test that is not run or may fail."""
    switches = {"skip", "skipif", "xfail", "importorskip"}
    used = {
        node.attr
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and _root(node) == "pytest"
    }

    assert not used & switches
    assert not any(found.startswith(("unittest.mock", "mock")) for found in imports(module))


@pytest.mark.parametrize("module", [m for m in TESTS if m.name.startswith("test_")], ids=name)
def test_a_test_module_is_where_it_is_looked_for(module: Path) -> None:
    """A test of app/x/y.py is tests/x/test_y.py, or is about more than one module."""
    folder = module.parent.relative_to(Path(__file__).parents[1])

    assert (Path(__file__).parents[2] / "app" / folder).is_dir() or folder.parts[0] in {
        *("chaos", "contracts", "e2e", "golden"),
    }


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
