import pytest
from pydantic import ValidationError

from app.embedding_settings import EmbeddingModel
from app.settings import Settings


def settings(**values: str) -> Settings:
    """Settings of a developer, with these."""
    return Settings.model_validate(values)


@pytest.mark.parametrize(
    ("values", "model"),
    [
        ({}, None),
        ({"openai_api_key": "sk-o"}, None),
        (
            {"embedding_model": "text-embedding-3-small", "openai_api_key": "sk-o"},
            EmbeddingModel("openai", "text-embedding-3-small", "sk-o", None),
        ),
        (
            {"embedding_model": "openai/m", "openai_api_key": "sk-o", "embedding_api_key": "sk-e"},
            EmbeddingModel("openai", "m", "sk-e", None),
        ),
        (
            {
                "embedding_model": "openai/m",
                "openai_api_key": "sk-o",
                "embedding_api_base": "http://else/",
            },
            EmbeddingModel("openai", "m", None, "http://else"),
        ),
        (
            {"embedding_model": "voyage/voyage-3-lite", "embedding_api_key": "pa"},
            EmbeddingModel("voyage", "voyage-3-lite", "pa", None),
        ),
        (
            {"embedding_model": "ollama/nomic-embed-text", "openai_api_key": "sk-o"},
            EmbeddingModel("ollama", "nomic-embed-text", None, None),
        ),
        (
            {"embedding_model": "local/all-MiniLM-L6-v2"},
            EmbeddingModel("local", "all-MiniLM-L6-v2", None, None),
        ),
    ],
)
def test_a_key_is_shown_to_its_own_provider(
    values: dict[str, str], model: EmbeddingModel | None
) -> None:
    """OpenAI's key goes to OpenAI's address alone; without a model the vectors are lexical."""
    assert settings(**values).embedding == model


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"embedding_model": "cohere/x"}, "EMBEDDING_MODEL takes"),
        ({"embedding_model": "voyage/"}, "EMBEDDING_MODEL takes"),
        ({"embedding_model": "local/../etc"}, "names a folder"),
        ({"embedding_model": "openai/m"}, "EMBEDDING_API_KEY"),
        ({"embedding_model": "voyage/m", "openai_api_key": "sk-o"}, "EMBEDDING_API_KEY"),
        (
            {"embedding_model": "m", "openai_api_key": "sk-o", "llm_api_base": "http://else"},
            "EMBEDDING_API_KEY",
        ),
        ({"embedding_api_base": "ftp://x"}, "http"),
    ],
)
def test_a_model_nobody_could_ask_is_refused(values: dict[str, str], told: str) -> None:
    """A start with a model that has no key, provider or folder ends in a sentence."""
    with pytest.raises(ValidationError, match=told):
        settings(**values)
