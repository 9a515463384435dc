import pytest

from app.analysing.keywords import keyword
from app.guard.passages import read


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("REST APIs", "Built a REST API in Flask"),
        ("PostgreSQL", "Moved the data to Postgres"),
        ("Kubernetes", "Shipped it on k8s"),
        ("Kubernetes", "Shipped it on K8s"),
        ("K8s", "Shipped it on Kubernetes"),
        ("test automation", "Wrote automated tests"),
        ("distributed systems", "systems which are distributed"),
        ("communication skills", "Communicated delays to customers"),
        ("patient care", "The care of 12 patients a shift"),
        ("organisation", "Organized the annual meet"),
    ],
)
def test_a_skill_is_recognised_in_another_form(name: str, text: str) -> None:
    """Word forms, spellings, other names of a tool and another order are the same skill."""
    assert keyword(name).is_in(read(text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Java", "Wrote JavaScript"),
        ("C", "Wrote C++"),
        ("distributed systems", "Distributed pamphlets"),
        ("machine learning", "Learnt to operate a lathe and then repaired every machine"),
        ("skills", "Wrote Python"),
        ("", "Wrote Python"),
        ("…", "Wrote … Python"),
    ],
)
def test_another_skill_is_not_taken_for_it(name: str, text: str) -> None:
    """Part of a name, its words far apart and no name at all are not the skill."""
    assert not keyword(name).is_in(read(text))


def test_namings_are_counted() -> None:
    """Two namings of one skill are two, whatever they are called."""
    count = keyword("PostgreSQL").count_in(read("Postgres, then psql, and PostgreSQL again"))

    assert count == 3


def test_two_names_are_one_skill() -> None:
    """A skill that is listed under two names has one identity."""
    assert keyword("JS").identity == keyword("JavaScript").identity
    assert keyword("Java").identity != keyword("JavaScript").identity
