"""The repository as data: its modules, their syntax trees, their functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def modules(folder: str) -> list[Path]:
    """Every Python file under a folder of the repository."""
    return sorted((ROOT / folder).rglob("*.py"))


def tree(module: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(module.read_text(encoding="utf-8"))


def functions(module: Path) -> Iterator[FunctionNode]:
    """Every function and method of a module."""
    for node in ast.walk(tree(module)):
        if isinstance(node, FunctionNode):
            yield node


def imports(module: Path) -> Iterator[str]:
    """The dotted name of everything a module imports, wherever in it."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def name(module: Path) -> str:
    """The module's path from the repository's root, as pytest shows it."""
    return module.relative_to(ROOT).as_posix()
