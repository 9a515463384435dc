"""Embeddings on this machine: a sentence-transformers model as an ONNX file, no network.

Needs the extra `local-embedding` and a folder with `model.onnx` and `tokenizer.json`, such as
all-MiniLM-L6-v2 has. Source: its model card, "Usage": mean of the token vectors, then unit length.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.errors import ProviderError
from app.llm.client import Usage
from app.llm.embedding import Embedded, Vector, unit

MODEL_FILE, TOKENIZER_FILE = "model.onnx", "tokenizer.json"

# What all-MiniLM-L6-v2 was trained on; what comes after is not read.
MAX_TOKENS = 256

FREE = Usage(0, 0, 0)


class LocalModelAway(OSError):  # noqa: N818  named for what happened
    """The local model cannot be used; the text is one line for an operator."""


class LocalEmbedder:
    """The model in `folder`, named `local/<folder>`; one batch at a time, off the event loop."""

    quota = None

    def __init__(self, folder: Path) -> None:
        self.model = f"local/{folder.name}"
        self.dimensions: int | None = None
        self._folder = folder
        self._turn = asyncio.Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    def most_usage(self, texts: Sequence[str]) -> Usage:
        """Nobody pays for it."""
        del texts
        return FREE

    async def warm_up(self) -> None:
        """Read the model, which takes a second.

        Raises:
            LocalModelAway: the extra is not installed, or the folder does not hold the model.
        """
        async with self._turn:
            if self._session is None:
                await asyncio.to_thread(self._load)

    async def close(self) -> None:
        """Nothing to close."""

    async def embedded(self, texts: Sequence[str]) -> Embedded:
        """The vectors.

        Raises:
            ProviderError: the model gives no vector for a text.
        """
        await self.warm_up()
        async with self._turn:
            pooled = await asyncio.to_thread(self._pooled, list(texts))
        vectors = [unit(vector) for vector in pooled]
        self.dimensions = len(vectors[0])
        return Embedded(vectors, FREE)

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors; raises as `embedded` does."""
        return (await self.embedded(texts)).vectors

    def _load(self) -> None:
        try:
            import onnxruntime  # noqa: PLC0415  an extra, and 0.3 s
            import tokenizers  # noqa: PLC0415  comes with LiteLLM
        except ImportError:
            raise LocalModelAway(
                "EMBEDDING_MODEL is a local one: install ai-worker[local-embedding]"
            ) from None
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(self._folder / TOKENIZER_FILE))
            session = onnxruntime.InferenceSession(
                self._folder / MODEL_FILE, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001  both libraries raise classes of their own
            raise LocalModelAway(
                f"EMBEDDING_MODEL: {self._folder} must hold {MODEL_FILE} and {TOKENIZER_FILE} "
                f"({type(error).__name__})"
            ) from None
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        self._tokenizer, self._session = tokenizer, session

    def _pooled(self, texts: list[str]) -> list[list[float]]:
        """The mean of each text's token vectors, padding left out."""
        import numpy as np  # noqa: PLC0415  comes with onnxruntime

        encoded = self._tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        given = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        wanted = {taken.name for taken in self._session.get_inputs()}
        try:
            [tokens, *_] = self._session.run(
                None, {name: value for name, value in given.items() if name in wanted}
            )
        except Exception as error:  # noqa: BLE001  onnxruntime's own classes
            raise ProviderError(f"The local model failed: {type(error).__name__}.") from None
        weights = mask[:, :, None].astype(np.float32)
        pooled: list[list[float]] = ((tokens * weights).sum(1) / weights.sum(1)).tolist()
        return pooled
