"""What a check says of a text it did not let through.

Apart from the guard, whose word lists take a while to load: a run's receipt needs this alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """`text` is the whole proposal, `span` the words that offend, `code` the class.

    `code` is one of identity, number, skill, name, commingled, scope, outcome, injected; `reason`
    is one sentence for the student.
    """

    path: str
    text: str
    span: str
    code: str
    reason: str
