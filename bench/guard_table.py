"""Seeds the 22 fabrications that other projects were measured with, and prints the table with ours.

Their columns were measured by running their gates unmodified; ours is measured here, now.
Run: python bench/guard_table.py
"""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.guard import review
from app.resume.edits import Edit

RESUME: dict[str, Any] = {
    "basics": {"name": "Isha Verma", "email": "isha@example.org"},
    "summary": "Computer science student who builds web services.",
    "education": [{"degree": "B.Tech Computer Science", "grade": "CGPA 7.8", "end_date": "2016"}],
    "experience": [
        {
            "company": "Brightleaf Systems",
            "title": "Software Intern",
            "start_date": "2015-05",
            "end_date": "2015-07",
            "technologies": ["Python"],
            "bullets": [
                "Wrote 50 test cases for the billing module in Python",
                "Assisted the team in preparing a weekly report",
                "Used a dashboard to follow failed payments",
            ],
        },
        {
            "company": "Campus Library",
            "title": "Volunteer",
            "start_date": "2014-08",
            "end_date": "2015-04",
            "bullets": ["Catalogued 320 books"],
        },
    ],
    "projects": [],
    "skills": ["Python", "SQL"],
    "certifications": ["NPTEL Python, 2015"],
    "achievements": ["Second prize in the college quiz"],
    "languages": ["English"],
}
NOT_STOPPED = "\u2013"
POSTING = "We need Kubernetes, Terraform and AWS."
TEST = "experience.0.bullets.0"
# Row of the table: Resume-Matcher, career-ops, ApplyPilot, and the edits that seed it here.
ROWS: list[tuple[str, str, str, str, list[tuple[str, str]]]] = [
    ("employer changed", "blocked", NOT_STOPPED, "blocked", [("experience.0.company", "Google")]),
    (
        "title inflated, dates extended, degree upgraded (3)",
        "blocked",
        NOT_STOPPED,
        NOT_STOPPED,
        [
            ("experience.0.title", "Senior Software Engineer"),
            ("experience.0.end_date", "2018-07"),
            ("education.0.degree", "M.Tech Computer Science"),
        ],
    ),
    (
        "grade average 7.8 → 9.1",
        NOT_STOPPED,
        NOT_STOPPED,
        NOT_STOPPED,
        [("education.0.grade", "CGPA 9.1")],
    ),
    (
        "percentage invented",
        "warned",
        "blocked",
        NOT_STOPPED,
        [(TEST, "Wrote 50 test cases for the billing module in Python, cutting defects by 35%")],
    ),
    (
        "50 → 500, 50 → 50k (2)",
        NOT_STOPPED,
        "blocked",
        NOT_STOPPED,
        [
            (TEST, "Wrote 500 test cases for the billing module in Python"),
            (TEST, "Wrote 50k test cases for the billing module in Python"),
        ],
    ),
    (
        '"led a team of 12", "forty percent" (2)',
        NOT_STOPPED,
        NOT_STOPPED,
        NOT_STOPPED,
        [
            (TEST, "Led a team of 12 and wrote 50 test cases for the billing module in Python"),
            (TEST, "Wrote 50 test cases in Python for forty percent of the billing module"),
        ],
    ),
    (
        "posting's skill added to the skills list",
        "passes by policy",
        NOT_STOPPED,
        NOT_STOPPED,
        [("skills.2", "AWS")],
    ),
    ("off-posting skill added", "blocked", NOT_STOPPED, "blocked", [("skills.1", "Blender")]),
    (
        "posting's tool woven into a bullet",
        NOT_STOPPED,
        NOT_STOPPED,
        NOT_STOPPED,
        [(TEST, "Wrote 50 test cases for the Kubernetes billing module in Python")],
    ),
    (
        'tool after "using"',
        NOT_STOPPED,
        "blocked",
        NOT_STOPPED,
        [(TEST, "Wrote 50 test cases for the billing module in Python using Selenium")],
    ),
    (
        "certificate appended",
        "blocked",
        NOT_STOPPED,
        NOT_STOPPED,
        [("certifications.1", "AWS Certified Developer")],
    ),
    (
        "award, language appended; new bullet invented (3)",
        NOT_STOPPED,
        NOT_STOPPED,
        NOT_STOPPED,
        [
            ("achievements.1", "Winner of a national hackathon"),
            ("languages.1", "German"),
            ("experience.0.bullets.3", "Designed the payment service"),
        ],
    ),
    (
        "assisted → led; used → created (2)",
        NOT_STOPPED,
        NOT_STOPPED,
        NOT_STOPPED,
        [
            ("experience.0.bullets.1", "Led the team in preparing a weekly report"),
            ("experience.0.bullets.2", "Created a dashboard to follow failed payments"),
        ],
    ),
    (
        "true number moved to another role",
        "warned",
        NOT_STOPPED,
        NOT_STOPPED,
        [(TEST, "Wrote 320 test cases for the billing module in Python")],
    ),
    (
        "a tool that did not exist yet in that year",
        NOT_STOPPED,
        NOT_STOPPED,
        NOT_STOPPED,
        [(TEST, "Wrote 50 test cases for the billing module in Python with GitHub Copilot")],
    ),
]
TOTALS = ("6", "4", "2")


def main() -> None:
    """Prints the table as Markdown."""
    blocked = seeded = 0
    print("| fabrication | Resume-Matcher | career-ops | ApplyPilot | ai-worker |")
    print("|---|---|---|---|---|")
    for label, matcher, ops, pilot, edits in ROWS:
        refused = sum(
            not review(RESUME, [Edit(path, text)], posting=POSTING).accepted for path, text in edits
        )
        blocked, seeded = blocked + refused, seeded + len(edits)
        ours = "blocked" if refused == len(edits) else f"{refused} of {len(edits)} blocked"
        print(f"| {label} | {matcher} | {ops} | {pilot} | {ours} |")
    totals = " | ".join(f"**{total}**" for total in (*TOTALS, str(blocked)))
    print(f"| **blocked of {seeded}** | {totals} |")


if __name__ == "__main__":
    main()
