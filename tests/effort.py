"""What work costs as its input grows: a ratio, which no machine's speed decides."""

import time
from collections.abc import Callable

# Below it a clock's and a cache's accidents are larger than what is measured.
LEAST_SECONDS = 0.002

# Ten times the input is ten times the work and some noise; a quadratic search would be a hundred.
LINEAR_IN_TEN = 30


def effort(work: Callable[[], object]) -> float:
    """CPU seconds that this thread spent on the work, the lesser of two goes."""
    return max(LEAST_SECONDS, min(_seconds(work), _seconds(work)))


def _seconds(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started
