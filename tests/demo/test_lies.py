import pytest

from app.demo.examples import find_example, read_examples
from app.demo.lies import CaughtLie, caught_lies


def lies() -> list[CaughtLie]:
    """The planted edits before the guard, with the demo's own records."""
    examples = read_examples()
    posting = find_example(examples, "postings", "backend-intern-northwind").body
    resume = find_example(examples, "resumes", "asha-verma-base").body["resume"]
    return caught_lies(resume, posting["description"])


@pytest.mark.parametrize(
    ("lie", "code"),
    [(0, "number"), (1, "scope"), (2, "skill"), (3, "commingled"), (4, "identity")],
)
def test_each_lie_is_refused_for_what_it_is(lie: int, code: str) -> None:
    """The guard names the class of each planted lie, and a part of it as the offence."""
    caught = lies()[lie]

    assert code in {refusal.code for refusal in caught.refusals}
    assert all(refusal.span in caught.edit.text for refusal in caught.refusals)


def test_a_lie_stands_where_the_student_wrote_something_else() -> None:
    """Every planted edit replaces a text that exists."""
    assert all(caught.before and caught.before != caught.edit.text for caught in lies())
