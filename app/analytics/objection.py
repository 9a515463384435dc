"""What is wrong with a sentence."""

from typing import NamedTuple


class Objection(NamedTuple):
    """`span` offends, `code` is its class, `reason` is a sentence that a model and a reader take.

    `code` is one of number, attachment, direction, name, concealed, cause, advice, word, cell,
    form, repeat.
    """

    span: str
    code: str
    reason: str
