from pathlib import Path

import pytest

from app.llm.client import Usage
from app.llm.local_embedding import LocalEmbedder, LocalModelAway


async def test_a_local_model_that_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    """Without the extra, or without the files, one line tells an operator which."""
    embedder = LocalEmbedder(tmp_path / "all-MiniLM-L6-v2")

    with pytest.raises(LocalModelAway, match=r"EMBEDDING_MODEL.*(local-embedding|must hold)"):
        await embedder.embedded(["Sold tea"])

    await embedder.close()
    assert embedder.model == "local/all-MiniLM-L6-v2"
    assert (embedder.quota, embedder.dimensions) == (None, None)
    assert embedder.most_usage(["Sold tea"]) == Usage(0, 0, 0)
