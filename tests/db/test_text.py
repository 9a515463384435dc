import json

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from app.db.text import storable, storable_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_no_nul_is_left(value: object) -> None:
    """Whatever JSON comes in, no text or key of what comes out holds a NUL."""
    assert "\\u0000" not in json.dumps(storable(value)).replace("\\\\", "")


@given(JSON)
def test_everything_else_stays(value: object) -> None:
    """A value without NUL comes out as it went in."""
    clean = storable(value)

    assert storable(clean) == clean
    if "\\u0000" not in json.dumps(value).replace("\\\\", ""):
        assert clean == value


async def test_postgresql_takes_it(superuser: asyncpg.Connection) -> None:
    """What came out of here goes into a jsonb."""
    value = {"a\x00": ["x\x00y", {"k": "\x00"}], "n": 1}

    stored = await superuser.fetchval("select $1::jsonb", json.dumps(storable(value)))

    assert json.loads(stored) == {"a": ["xy", {"k": ""}], "n": 1}


def test_half_a_pair_is_replaced() -> None:
    """A lone surrogate becomes the replacement sign, a pair the character it stands for."""
    assert storable_text("a\ud800b\x00c \ud83d\ude00") == "a\ufffdbc 😀"
