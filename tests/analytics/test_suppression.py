from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from app.analytics.figures import MIN_GROUP, CohortFigures
from app.analytics.rows import rows
from app.analytics.suppression import hidden_parts, is_small

COUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=7)


def test_nobody_is_no_group() -> None:
    """One to four are few; none and five are not."""
    assert [count for count in range(8) if is_small(count)] == [1, 2, 3, 4]


def test_a_small_part_takes_the_next_one_with_it() -> None:
    """A single hidden part would be a subtraction away."""
    hidden = hidden_parts([(40,), (3,), (12,), (25,)], (80,))

    assert hidden == {1, 2}


def test_a_large_rest_protects_a_small_part() -> None:
    """Where enough of the whole is in no part, the small one can be anybody's guess."""
    assert hidden_parts([(40,), (3,)], (80,)) == {1}


def test_a_small_rest_is_a_part_like_others() -> None:
    """What the parts leave of the whole is computed as easily: two parts go with a small rest."""
    assert hidden_parts([(40,), (30,), (8,)], (80,)) == {1, 2}


def test_few_in_all_hidden_parts_are_still_few() -> None:
    """Two parts that hold three together need a third."""
    assert hidden_parts([(40,), (2,), (1,), (9,)], (52,)) == {1, 2, 3}


def test_nothing_small_hides_nothing() -> None:
    """Groups of five and more, and empty ones, are all shown."""
    assert hidden_parts([(5,), (0,), (9,)], (14,)) == frozenset()


def _shown(**figures: object) -> set[str]:
    cohort = CohortFigures.model_validate({"students": 150, "offers": 100, **figures})
    return {row.name for row in rows(cohort) if row.section in ("statuses", "series")}


def test_statuses_do_not_give_away_who_did_not_accept() -> None:
    """100 students with an offer less 96 who accepted it are four, so 96 is not shown either."""
    statuses = [("accepted", 96), ("open", 4), ("applying", 30), ("opted out", 20)]

    shown = _shown(statuses=[{"name": name, "students": count} for name, count in statuses])

    assert shown == {"applying", "opted out"}


def test_a_series_does_not_give_away_the_rest_of_a_branch() -> None:
    """57 women of a branch of 60 students leave three men, and of another series three as well."""
    branches = [("CS", 60), ("ME", 48), ("CE", 42)]
    women = [("CS", 57), ("ME", 20), ("CE", 18)]
    hostel = [("CS", 31), ("ME", 22), ("CE", 33)]
    series = [
        {
            "name": called,
            "counts": "students",
            "points": [{"name": name, "value": value} for name, value in points],
        }
        for called, points in (("Women", women), ("Hostel", hostel))
    ]

    rows_shown = rows(
        CohortFigures.model_validate(
            {
                "students": 150,
                "offers": 100,
                "branches": [
                    {"name": name, "students": count, "offers": count * 2 // 3}
                    for name, count in branches
                ],
                "series": series,
            }
        )
    )

    told = {(row.subject, row.name) for row in rows_shown if row.section == "series"}
    assert ("Women", "CS") not in told
    assert not {("Women", "ME"), ("Hostel", "ME")} <= told


@given(COUNTS, st.integers(0, 12))
def test_no_small_part_can_be_computed(counts: list[int], rest: int) -> None:
    """Whoever knows the whole and every part that is shown cannot tell a small one's count."""
    whole = sum(counts) + rest
    hidden = hidden_parts([(count,) for count in counts], (whole,))

    left = whole - sum(count for at, count in enumerate(counts) if at not in hidden)

    assert not any(is_small(count) for at, count in enumerate(counts) if at not in hidden)
    if any(is_small(counts[at]) for at in hidden) and whole >= 2 * MIN_GROUP:
        assert left >= MIN_GROUP or not any(
            counts[at] for at in range(len(counts)) if at not in hidden
        )
        assert len(hidden) + (rest >= MIN_GROUP) > 1 or len(hidden) == len(counts)


@st.composite
def cohorts(draw: st.DrawFn) -> CohortFigures:
    """A cohort of up to five branches and some students in none."""
    sizes = draw(st.lists(st.integers(1, 40), min_size=1, max_size=5))
    placed = [draw(st.integers(0, size)) for size in sizes]
    rest = draw(st.integers(0, 10))
    others = draw(st.integers(0, rest))
    branches = [
        {"name": f"branch {at}", "students": size, "offers": offers}
        for at, (size, offers) in enumerate(zip(sizes, placed, strict=True))
    ]
    students = max(sum(sizes) + rest, MIN_GROUP)
    return CohortFigures.model_validate(
        {"students": students, "offers": sum(placed) + others, "branches": branches}
    )


@given(cohorts())
def test_no_cell_of_branches_is_small(cohort: CohortFigures) -> None:
    """Neither those of a branch with an offer nor those without one are ever few."""
    for row in rows(cohort):
        counts = {name: one.value for name, one in (row.measures or {}).items()}

        small = [
            name
            for name in ("students", "offers", "without_offer")
            if 0 < counts.get(name, 0) < MIN_GROUP
        ]

        assert small == [], row


@given(cohorts())
def test_who_has_no_offer_cannot_be_computed(cohort: CohortFigures) -> None:
    """Who subtracts all that is shown has several guesses left for a small count of offers."""
    shown = {row.at: row.measures or {} for row in rows(cohort)}
    told = {at for at, measures in shown.items() if "offers" in measures}
    if "totals" not in told:
        assert told == set()
        return
    hidden = [one for at, one in enumerate(cohort.branches) if f"branches.{at}" not in told]
    left = cohort.offers - sum(
        branch.offers for at, branch in enumerate(cohort.branches) if f"branches.{at}" in told
    )
    rest = cohort.students - sum(branch.students for branch in cohort.branches)

    for at, branch in enumerate(cohort.branches):
        if f"branches.{at}" in shown and branch in hidden:
            others = sum(one.students for one in hidden) - branch.students + rest
            guesses = range(max(0, left - others), min(branch.students, left) + 1)
            assert len(guesses) > 1 or left in {0, branch.students + others}


@given(st.lists(st.integers(0, 12), min_size=2, max_size=4), st.integers(0, 6))
def test_the_guess_is_never_certain(counts: list[int], rest: int) -> None:
    """Trying out every possible count, each hidden small part has at least two that fit."""
    whole = sum(counts) + rest
    hidden = sorted(hidden_parts([(count,) for count in counts], (whole,)))
    left = sum(counts[at] for at in hidden) + rest
    if len(hidden) == len(counts) or left < MIN_GROUP:
        return

    fitting = [
        guess for guess in product(range(left + 1), repeat=len(hidden)) if sum(guess) <= left
    ]
    if not rest:
        fitting = [guess for guess in fitting if sum(guess) == left]

    for place, at in enumerate(hidden):
        if is_small(counts[at]):
            assert len({guess[place] for guess in fitting}) > 1
