from app.guard import review
from tests.guard.corpus_files import resume
from tests.guard.planted import Planted, disguises, lies

SEED = 20261120
# `make bench` runs 5,000 and 1,000; this is what a test run can afford.
LIES, DISGUISES = 700, 300
MOST_FALSE_REFUSALS = 0.02


def is_refused(planted: Planted) -> bool:
    return not review(resume(planted.resume), [planted.edit]).accepted


def test_no_planted_lie_is_accepted() -> None:
    """Of several hundred lies planted at random none gets through."""
    accepted = [one for one in lies(LIES, SEED) if not is_refused(one)]

    assert accepted == []


def test_honest_variants_pass() -> None:
    """At most one honest variant in fifty is refused."""
    refused = [one for one in disguises(DISGUISES, SEED) if is_refused(one)]

    assert len(refused) <= MOST_FALSE_REFUSALS * DISGUISES


def test_the_same_seed_plants_the_same_lies() -> None:
    """A seed is a set of lies: a failure can be looked at again."""
    assert list(lies(20, SEED)) == list(lies(20, SEED))
