"""Every environment variable of the service. Nothing else reads the environment."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

# NIST SP 800-63B asks for 112 bits of entropy of a shared secret; 16 random characters pass that.
MIN_SECRET_CHARS = 16

# Works out of the box on one machine; refused in production.
DEVELOPMENT_SECRET = "development-secret"  # noqa: S105  not a secret: printed in the README

ProviderName = Literal["openai", "anthropic", "offline"]

# Document 000 names gpt-4o and a Claude Sonnet; the cheap steps take each provider's small model.
DEFAULT_MODELS: dict[ProviderName, tuple[str, str]] = {
    "openai": ("gpt-4o", "gpt-4o-mini"),
    "anthropic": ("claude-sonnet-4-6", "claude-haiku-4-5"),
    "offline": ("editor", "editor"),
}


class Settings(BaseSettings):
    """The service's configuration, from the environment or `.env`. Units are in the names.

    Source: document 000, "Environment variables".
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    app_env: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    port: Annotated[int, Field(ge=0, le=65535)] = 4002
    data_dir: Path = Path(".data")

    database_url: SecretStr | None = None
    database_pool_size: Annotated[int, Field(ge=1, le=100)] = 10
    redis_url: SecretStr = SecretStr("redis://localhost:6379")

    core_api_internal_url: str | None = None
    core_api_internal_secret: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    internal_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    notify_student_directly: bool = False

    llm_provider: ProviderName | None = None
    openai_api_key: SecretStr | None = None
    anthropic_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_fast_model: str | None = None
    llm_api_base: str | None = None
    llm_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30
    run_deadline_seconds: Annotated[float, Field(gt=0, le=3600)] = 120
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
