"""The offline editor's account of a table of figures: one plain sentence for each that matters.

It writes what it reads in the block TABLE and computes nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from app.llm.fence import Message, blocks_in

Cell = dict[str, str]
Sentence = dict[str, object]

# What the instructions say of the length.
LIMIT = re.compile(r"at most (\d+) sentences")

# One company alone would look like all of them.
MIN_LISTED = 2

_COMPANY = re.compile(r"companies\.\d+\.offers")

RISES = {True: "rose", False: "fell"}


def narrate(messages: Sequence[Message]) -> dict[str, object]:
    """The answer: as many sentences as are wanted, the most telling first."""
    limit = LIMIT.search(messages[0]["content"])
    cells = _cells(blocks_in(messages))
    told = [sentence for sentence in _sentences(cells) if sentence]
    return {
        "sentences": [
            {"path": f"sentences.{at}", **sentence}
            for at, sentence in enumerate(told[: int(limit[1]) if limit else 1])
        ]
    }


def _cells(blocks: Mapping[str, str]) -> dict[str, Cell]:
    try:
        table = json.loads(blocks.get("TABLE", "{}"))
    except ValueError:
        return {}
    listed = table.get("cells") if isinstance(table, dict) else None
    if not isinstance(listed, list):
        return {}
    return {cell["id"]: cell for cell in listed if _is_cell(cell)}


def _is_cell(cell: object) -> bool:
    return isinstance(cell, dict) and all(
        isinstance(cell.get(key), str) for key in ("id", "label", "value", "unit")
    )


def _sentences(cells: dict[str, Cell]) -> Iterator[Sentence | None]:
    yield _whole(cells)
    yield _change(cells)
    yield _packages(cells)
    yield _place(cells, "highest", "branches", "offer_rate")
    yield _place(cells, "lowest", "branches", "offer_rate")
    yield _place(cells, "highest", "companies", "offers") or _first_companies(cells)
    yield _place(cells, "highest", "months", "offers")


def _whole(cells: dict[str, Cell]) -> Sentence | None:
    students, offers = cells.get("totals.students"), cells.get("totals.offers")
    rate = cells.get("totals.offer_rate")
    if students and offers and rate:
        text = (
            f"Of {_number(students)} students, {_number(offers)} hold an offer, "
            f"an offer rate of {_number(rate)} percent."
        )
        return _sentence(text, students, offers, rate)
    if students:
        return _sentence(f"The cohort has {_number(students)} students.", students)
    return None


def _change(cells: dict[str, Cell]) -> Sentence | None:
    rate, now = cells.get("totals.offer_rate.change"), cells.get("totals.offer_rate")
    before = cells.get("totals.offer_rate.previous")
    if not (rate and now and before):
        return None
    if float(rate["value"]) == 0:
        return _sentence("The offer rate remained unchanged.", rate)
    text = (
        f"The offer rate {RISES[not _is_negative(rate)]} by {_number(rate)} percentage points, "
        f"from {_number(before)} percent to {_number(now)} percent."
    )
    return _sentence(text, rate, before, now)


def _packages(cells: dict[str, Cell]) -> Sentence | None:
    median = cells.get("totals.median_package")
    if not median:
        return None
    change = cells.get("totals.median_package.change")
    text = f"The median package is {_money(median)}"
    if not change or float(change["value"]) == 0:
        return _sentence(f"{text}.", median)
    more = "less" if _is_negative(change) else "more"
    return _sentence(
        f"{text}, {_money(change)} {more} than in the previous period.", median, change
    )


def _place(cells: dict[str, Cell], rank: str, section: str, metric: str) -> Sentence | None:
    """The group that the table marks, with its figure."""
    for cell in cells.values():
        if (
            cell.get("rank") == rank
            and cell["id"].startswith(f"{section}.")
            and cell["id"].endswith(f".{metric}")
        ):
            return _sentence(_placed(cell, rank, section, metric), cell)
    return None


def _placed(cell: Cell, rank: str, section: str, metric: str) -> str:
    group = cell["label"].partition(":")[0]
    figure = _number(cell)
    if metric == "offer_rate":
        return f"Among the branches shown, {group} has the {rank} offer rate, at {figure} percent."
    if section == "months":
        return f"Among the months shown, {group} has the most offers, {figure}."
    return f"Among the companies shown, {group} made the most offers, {figure}."


def _first_companies(cells: dict[str, Cell]) -> Sentence | None:
    """Two of the larger ones, for an audience that gets no places."""
    companies = [cell for cell in cells.values() if _COMPANY.fullmatch(cell["id"])]
    if len(companies) < MIN_LISTED:
        return None
    first, second = companies[:2]
    names = [cell["label"].partition(":")[0] for cell in (first, second)]
    text = f"{names[0]} made {_number(first)} offers, and {names[1]} made {_number(second)} offers."
    return _sentence(text, first, second)


def _sentence(text: str, *cells: Cell) -> Sentence:
    return {"text": text, "cells": [cell["id"] for cell in cells]}


def _is_negative(cell: Cell) -> bool:
    return cell["value"].startswith("-")


def _number(cell: Cell) -> str:
    """The value without its sign, thousands set apart."""
    whole, point, part = cell["value"].removeprefix("-").partition(".")
    return f"{int(whole):,}{point}{part}"


def _money(cell: Cell) -> str:
    return f"{_number(cell)} {cell['unit']}"
