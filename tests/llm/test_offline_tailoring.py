import json
from typing import Any

from app.llm import offline
from app.llm.client import Block, Prompt
from app.llm.fence import render
from app.llm.offline_tailoring import evaluated, in_front

POSTING = """\
Title: Intern
Skills that it asks for and the student has, with their importance:
- PostgreSQL (0.80)
- Python (0.60)
Key requirements:
- something (else)"""
BULLETS = [
    ("experience.0.bullets.0", "Took part in stand-ups"),
    ("experience.0.bullets.1", "Moved the data to Postgres with Python"),
    ("projects.0.bullets.0", "Wrote Python"),
    ("projects.1.bullets.0", "Drew a poster"),
]


def test_what_the_posting_asks_for_comes_first() -> None:
    """Bullets by what they name, under other names too; skills by their importance."""
    order = in_front(POSTING, BULLETS)

    assert order == {
        "bullets_first": ["experience.0.bullets.1", "projects.0.bullets.0"],
        "skills_first": ["PostgreSQL", "Python"],
    }


def test_a_better_order_scores_higher() -> None:
    """An entry that begins with its best bullet is better than one that hides it."""
    scores = [
        evaluated(POSTING, bullets, [])["relevance_ranking"]
        for bullets in (BULLETS, [BULLETS[1], BULLETS[0], *BULLETS[2:]])
    ]

    assert scores == [
        {"score": 0.5, "evidence": ["Took part in stand-ups"]},
        {"score": 1.0, "evidence": ["Moved the data to Postgres with Python"]},
    ]


def test_what_systems_cannot_read_is_an_issue() -> None:
    """Boxes, addresses and endless lines cost legibility; a duty is an issue of wording."""
    texts = ["★ Wrote Python", "x" * 300, "Responsible for reports", "Wrote SQL"]
    bullets = [(f"experience.0.bullets.{at}", text) for at, text in enumerate(texts)]

    judged: dict[str, Any] = evaluated("", bullets, [])

    assert judged["ats_compatibility"] == {"score": 0.5, "evidence": ["Responsible for reports"]}
    assert [issue["quote"] for issue in judged["issues"]] == [*texts[:2], texts[2]]


def test_a_resume_without_bullets_is_judged() -> None:
    """Skills alone are evidence; nothing at all is none."""
    skills: dict[str, Any] = evaluated(POSTING, [], ["Python"])
    nothing: dict[str, Any] = evaluated("", [], [])

    assert skills["ats_compatibility"] == {"score": 1.0, "evidence": ["Python"]}
    assert nothing["ats_compatibility"] == {"score": 0, "evidence": []}


def test_the_editor_answers_both_tasks() -> None:
    """Asked as a model is asked, it gives edits with an order, and scores."""
    resume = {
        "summary": "I am a student who basically likes Python.",
        "entries": [
            {
                "path": "experience.0",
                "heading": "Intern, 2025",
                "bullets": [{"path": path, "text": text} for path, text in BULLETS[:2]],
            }
        ],
        "skills": ["Python", {"name": "Data"}],
    }
    blocks = (Block("POSTING", POSTING), Block("RESUME", json.dumps(resume)))

    answers = {
        task: json.loads(offline.answer(render(Prompt(task, 1, f"Task: {task}", blocks, {}))))
        for task in ("tailor-resume", "evaluate-resume")
    }

    assert answers["tailor-resume"]["bullets_first"] == ["experience.0.bullets.1"]
    assert "basically" not in answers["tailor-resume"]["summary"]
    assert answers["evaluate-resume"]["relevance_ranking"]["score"] == 0
