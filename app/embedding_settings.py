"""Who makes the vectors that retrieval compares: the settings of their own."""

import re
from typing import NamedTuple, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings

from app.addresses import HttpAddress

# Whose answers app/llm/litellm_embedding.py was tested with; `local` is a file on this machine.
EMBEDDING_PROVIDERS = ("openai", "voyage", "ollama", "local")

# A local model's name is a folder's.
_FOLDER = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


class EmbeddingModel(NamedTuple):
    """A model that makes vectors, with what and where it is asked."""

    provider: str
    model: str
    api_key: str | None
    api_base: str | None


class EmbeddingSettings(BaseSettings):
    """The variables of embeddings, and the two of OpenAI's that they go by as well."""

    openai_api_key: SecretStr | None = None
    llm_api_base: HttpAddress | None = None
    embedding_model: str | None = None
    embedding_api_key: SecretStr | None = None
    embedding_api_base: HttpAddress | None = None

    @property
    def embedding(self) -> EmbeddingModel | None:
        """The model that is asked; `None` is the built-in lexical one.

        OPENAI_API_KEY is shown to OpenAI only: another address has a key of its own, or none.
        """
        if not self.embedding_model:
            return None
        provider, slash, model = self.embedding_model.partition("/")
        if not slash:
            # LiteLLM's own reading of `text-embedding-3-small`.
            provider, model = "openai", provider
        key = self.embedding_api_key
        if provider == "openai" and not (self.embedding_api_base or self.llm_api_base):
            key = key or self.openai_api_key
        secret = key.get_secret_value() if key else None
        return EmbeddingModel(provider, model, secret, self.embedding_api_base)

    @model_validator(mode="after")
    def _embedding_must_be_askable(self) -> Self:
        embedding = self.embedding
        if embedding is None:
            return self
        if embedding.provider not in EMBEDDING_PROVIDERS or not embedding.model:
            raise ValueError("EMBEDDING_MODEL takes openai/…, voyage/…, ollama/… or local/…")
        if embedding.provider == "local" and not _FOLDER.fullmatch(embedding.model):
            raise ValueError("EMBEDDING_MODEL=local/… names a folder in DATA_DIR/models")
        needs_key = embedding.provider in {"openai", "voyage"} and not embedding.api_base
        if needs_key and not embedding.api_key:
            raise ValueError(
                f"EMBEDDING_MODEL is one of {embedding.provider}: set its key in EMBEDDING_API_KEY"
            )
        return self
