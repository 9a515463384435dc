"""An edit: a proposed new text at a path of a résumé."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """`path` is dotted, with list positions as numbers: `experience.0.bullets.2`, `summary`."""

    path: str
    text: str
