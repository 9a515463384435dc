import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.retrieval.note_chunks import MAX_CHUNK_CHARS, note_chunks


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("Ran a stall.", [("", "Ran a stall.")]),
        (
            "- Ran a stall\n- Sold tea\n  in clay cups",
            [("", "Ran a stall"), ("", "Sold tea in clay cups")],
        ),
        ("1. First\n2) Second\n(3) Third", [("", "First"), ("", "Second"), ("", "Third")]),
        ("One line\nand its end.\n\nAnother.", [("", "One line and its end."), ("", "Another.")]),
        (
            "# Camp\n\nRan it.\n\n## Stall ##\n* Sold tea",
            [("Camp", "Ran it."), ("Stall", "Sold tea")],
        ),
        ("Week 3:\n- Fixed it", [("Week 3", "Fixed it")]),
        ("Result: 40 people came.", [("", "Result: 40 people came.")]),
        ("---\n\n***\n\n|||", []),
        (" \n\t\n", []),
        ("\u2022 Ran a stall\r\n\u2022 Sold tea", [("", "Ran a stall"), ("", "Sold tea")]),
        (
            "- \u0938\u094d\u091f\u0949\u0932 \u091a\u0932\u093e\u092f\u093e",
            [("", "\u0938\u094d\u091f\u0949\u0932 \u091a\u0932\u093e\u092f\u093e")],
        ),
    ],
)
def test_a_note_is_cut_into_its_entries(text: str, entries: list[tuple[str, str]]) -> None:
    """List items, paragraphs and what stands under a heading are entries of their own."""
    chunks = note_chunks(None, text)

    assert [(chunk.heading, chunk.text) for chunk in chunks] == entries
    assert [chunk.path for chunk in chunks] == [f"chunks.{at}" for at in range(len(entries))]


def test_the_title_heads_every_entry() -> None:
    """An entry alone does not say what it is about; the note's title and its heading do."""
    chunks = note_chunks(" Camp ", "Day 1:\n- Dug a pit\n\nSlept.")

    assert [chunk.heading for chunk in chunks] == ["Camp · Day 1", "Camp · Day 1"]
    assert chunks[0].searched_text == "Camp · Day 1\nDug a pit"


def test_a_long_paragraph_is_cut_at_its_sentences() -> None:
    """No entry is longer than the limit, and no sentence that fits is torn apart."""
    sentence = "We measured the flow of the canal at nine places."

    chunks = note_chunks(None, " ".join([sentence] * 60))

    assert len(chunks) > 1
    assert all(len(chunk.text) <= MAX_CHUNK_CHARS for chunk in chunks)
    assert all(chunk.text.endswith("places.") for chunk in chunks)


@given(st.text(st.sampled_from("ab .:-#1)\n\u0938\u094d\U0001f600*\u3002"), max_size=3_000))
def test_no_word_is_lost(text: str) -> None:
    """Whatever a note holds, its letters are all in a heading or an entry, within the limit."""
    chunks = note_chunks(None, text)

    kept = "".join(chunk.text + chunk.heading for chunk in chunks)
    assert all(len(chunk.text) <= MAX_CHUNK_CHARS for chunk in chunks)
    assert all(any(sign.isalnum() for sign in chunk.text) for chunk in chunks)
    assert set(kept) <= set(text) | {" "}


def test_text_without_a_space_is_cut_all_the_same() -> None:
    """Base64 or a script without spaces makes no endless entry."""
    chunks = note_chunks(None, "x" * 2_000)

    assert [len(chunk.text) for chunk in chunks] == [600, 600, 600, 200]
