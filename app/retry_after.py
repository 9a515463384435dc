"""What somebody else's Retry-After header asks for."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A shorter pause is none; after an hour the next delivery asks anew anyway. A run that
# waits so long is not abandoned: ABANDONED_AFTER_SECONDS is never less than twice this.
SHORTEST_SECONDS = 1
LONGEST_SECONDS = 3600


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """The pause asked for, within a second and an hour; `None` if the header makes no sense.

    Source: RFC 9110, section 10.2.3.
    """
    value = (value or "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, now)
    if math.isnan(seconds):
        return None
    return min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)


def _until(value: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(value)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return math.nan
