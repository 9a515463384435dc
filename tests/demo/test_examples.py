from pathlib import Path

import pytest

from app.demo.examples import find_example, read_examples
from app.demo.failure import DemoFailed


def test_students_come_before_their_resumes() -> None:
    """Examples are given in an order in which each may be stored."""
    kinds = [example.kind for example in read_examples()]

    assert kinds == sorted(kinds, key=["students", "postings", "resumes"].index)


def test_an_examples_address_is_not_in_its_body() -> None:
    """Id and tenant go into path and header, everything else into the body."""
    example = find_example(read_examples(), "resumes", "asha-verma-base")

    assert example.tenant_id == "demo-college"
    assert set(example.body) == {"studentId", "resume"}


def test_an_installation_without_examples_is_told_so(tmp_path: Path) -> None:
    """Without the folder the demo says what it needs."""
    with pytest.raises(DemoFailed, match="the demo needs the whole repository"):
        read_examples(tmp_path)


def test_an_example_that_is_gone_is_named() -> None:
    """A job about a record that is not among the examples names it."""
    with pytest.raises(DemoFailed, match=r"examples/students holds no nobody\."):
        find_example(read_examples(), "students", "nobody")
