"""A seed decides a trial."""

from collections import Counter
from pathlib import Path

from tests.chaos.planned_jobs import COMPLETED, planned_job
from tests.chaos.schedule import AROUND, EVERYTHING, Trial

SMOKE = Trial(Path("unused"), jobs=500, kills=20, seed=1)


def test_a_seed_gives_the_same_kills_again() -> None:
    """The schedule is the seed's and another seed has another one."""
    other = Trial(Path("unused"), jobs=500, kills=20, seed=2)

    again = Trial(Path("elsewhere"), jobs=500, kills=20, seed=1).schedule()

    assert again == SMOKE.schedule() != other.schedule()


def test_the_first_half_spares_the_service() -> None:
    """Half of the kills hit what stands around the service, before any other kill."""
    kills = SMOKE.schedule()

    around, everything = kills[:10], kills[10:]

    assert {kill.part for kill in around} == set(AROUND)
    assert {kill.part for kill in everything} == set(EVERYTHING)
    assert max(kill.at_share for kill in around) <= min(kill.at_share for kill in everything)
    assert [kill.is_around_only for kill in kills] == 10 * [True] + 10 * [False]


def test_a_seed_gives_the_same_jobs_again() -> None:
    """A job follows from the seed and its number, so that each process knows it."""
    jobs = [planned_job(1, number) for number in range(50)]

    assert jobs == [planned_job(1, number) for number in range(50)]
    assert jobs != [planned_job(2, number) for number in range(50)]


def test_one_job_of_twenty_is_planted_to_fail() -> None:
    """About 5 % of the jobs must fail, each kind among them."""
    ends = Counter(planned_job(1, number).ends_with for number in range(2_000))

    failing = ends.total() - ends[COMPLETED]

    assert 70 <= failing <= 130
    assert len(ends) == 5


def test_the_models_faults_leave_attempts_over() -> None:
    """No job meets more faults than its producer's attempts bear, with one to spare."""
    jobs = [planned_job(1, number) for number in range(2_000)]

    faulty = [job for job in jobs if job.model_faults]

    assert faulty
    assert all(len(job.model_faults) <= job.options["attempts"] - 2 for job in faulty)
