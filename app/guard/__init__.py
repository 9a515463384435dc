"""Nothing the student did not say leaves this service: pure checks on what a model proposes.

`review` is the only way in. Each class of fabrication has its module; words, ladders and tool names
are data files beside it.
"""

from app.guard.review import GUARD_VERSION, Refusal, Review, review

__all__ = ["GUARD_VERSION", "Refusal", "Review", "review"]
