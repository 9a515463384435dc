"""Every environment variable of the service, typed. Nothing else reads the environment."""

from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from app.addresses import HttpAddress, PostgresqlAddress, RedisAddress
from app.embedding_settings import EmbeddingSettings

# 16 random hexadecimal characters hold 64 bits: out of reach for guessing over HTTP.
MIN_SECRET_CHARS = 16

# Two at most: the one in use and the one it is being rotated to.
MAX_INTERNAL_SECRETS = 2

# Makes one machine work out of the box. It is printed in the README, so production refuses it.
DEVELOPMENT_SECRET = "development-secret"  # noqa: S105  public on purpose

ProviderName = Literal["openai", "anthropic", "offline"]

# (model, fast model). Document 000 names gpt-4o and a Claude Sonnet; the offline editor is its own.
DEFAULT_MODELS: dict[ProviderName, tuple[str, str]] = {
    "openai": ("gpt-4o", "gpt-4o-mini"),
    "anthropic": ("claude-sonnet-4-6", "claude-haiku-4-5"),
    "offline": ("editor", "editor"),
}


# Whose models may stand in for another's. Not the offline editor: its rules are no AI model.
FALLBACK_PROVIDERS = ("openai", "anthropic")


class FallbackModel(NamedTuple):
    """A model that is asked while the first one cannot answer, with what and where."""

    provider: str
    model: str
    api_key: str | None
    api_base: str | None


class SettingsInvalid(Exception):  # noqa: N818  named for what happened, like the tree in errors.py
    """The configuration does not allow a start; the text is one line for an operator."""


class Settings(EmbeddingSettings):
    """The service's configuration, from the environment or a file `.env`.

    Source: document 000, "Environment variables". `.env.example` explains each in a sentence.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    app_env: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    port: Annotated[int, Field(ge=0, le=65535)] = 4002
    data_dir: Path = Path(".data")
    guard_words_dir: Path | None = None

    database_url: PostgresqlAddress | None = None
    database_pool_size: Annotated[int, Field(ge=1, le=100)] = 10
    redis_url: RedisAddress = SecretStr("redis://localhost:6379")
    shim_port: int = Field(default=4003, ge=0, le=65_535)

    core_api_internal_url: HttpAddress | None = None
    core_api_internal_secret: SecretStr | None = None
    internal_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    notify_student_directly: bool = False

    llm_provider: ProviderName | None = None
    anthropic_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_fast_model: str | None = None
    llm_fallback_models: Annotated[tuple[str, ...], NoDecode] = ()
    llm_timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30
    run_deadline_seconds: Annotated[float, Field(gt=0, le=3600)] = 120
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    # A job that is put back goes behind the whole queue: 10,000 jobs of 10 s, three at a time, take
    # nine hours, and a Retry-After is up to one more. Three days are also what the shim waits out.
    abandoned_after_seconds: Annotated[float, Field(ge=7_200, le=2_592_000)] = 259_200

    # A budget is for a calendar month and is summed up from the calls of runs: more than 31 days.
    run_retention_days: Annotated[int, Field(ge=32, le=3650)] = 90
    answer_retention_days: Annotated[int, Field(ge=1, le=3650)] = 7
    callback_retention_days: Annotated[int, Field(ge=1, le=3650)] = 7

    # One process does about 100 jobs a second at best; with answers that take seconds, 200 runs
    # keep it busy, and more would only wait longer in its memory.
    max_runs_in_flight: Annotated[int, Field(ge=1, le=10_000)] = 200
    tenant_runs_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    # Document 002: "5/minute" per user.
    student_tailorings_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    tenant_monthly_tokens: Annotated[int, Field(ge=0, le=10**15)] | None = None
    tenant_monthly_cost_usd: Annotated[Decimal, Field(ge=0, le=10**9)] | None = None

    # Each is a dozen series of a scrape: enough for a platform's colleges, and few for Prometheus.
    metrics_tenants: Annotated[int, Field(ge=0, le=1_000)] = 50
    otel_exporter_otlp_endpoint: HttpAddress | None = None
    otel_service_name: str = "ai-worker"

    @field_validator("internal_secrets", "llm_fallback_models", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @field_validator("guard_words_dir")
    @classmethod
    def _must_add_to_lists(cls, value: Path | None) -> Path | None:
        for file in _files_of(value):
            if not resources.files("app").joinpath("guard", "data", file.name).is_file():
                raise ValueError(f"{file.name} is none of the guard's lists")
            try:
                file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                raise ValueError(f"{file.name} cannot be read as UTF-8 text") from None
        return value

    @model_validator(mode="after")
    def _secrets_must_hold(self) -> Self:
        secrets = self.accepted_secrets
        if len(secrets) > MAX_INTERNAL_SECRETS:
            raise ValueError(f"INTERNAL_SECRETS takes at most {MAX_INTERNAL_SECRETS} secrets")
        if not all(secrets):
            raise ValueError("an internal secret is empty")
        if not all(_fits_header(secret) for secret in self._all_secrets):
            raise ValueError(
                "an internal secret holds a character that no HTTP header carries "
                "(CORE_API_INTERNAL_SECRET, INTERNAL_SECRETS)"
            )
        return self

    @model_validator(mode="after")
    def _fallbacks_must_be_askable(self) -> Self:
        names = self.llm_fallback_models
        for each in self.fallbacks:
            if each.provider not in FALLBACK_PROVIDERS or not each.model:
                raise ValueError(
                    "LLM_FALLBACK_MODELS takes openai/… and anthropic/…, separated by commas"
                )
            if not (each.api_key or each.api_base):
                key = f"{each.provider.upper()}_API_KEY"
                raise ValueError(f"LLM_FALLBACK_MODELS names a model of {each.provider}: set {key}")
        if names and self.provider == "offline":
            raise ValueError("LLM_FALLBACK_MODELS stands in for a model, and the editor is none")
        if len({f"{self.provider}/{self.model}", *names}) <= len(names):
            raise ValueError("LLM_FALLBACK_MODELS names a model twice or LLM_MODEL itself")
        return self

    @model_validator(mode="after")
    def _production_must_be_complete(self) -> Self:
        if self.app_env != "production":
            return self
        if self.core_api_internal_secret is None:
            raise ValueError("CORE_API_INTERNAL_SECRET is empty")
        if any(len(secret) < MIN_SECRET_CHARS for secret in self._all_secrets):
            raise ValueError(
                f"an internal secret is shorter than {MIN_SECRET_CHARS} characters "
                "(CORE_API_INTERNAL_SECRET, INTERNAL_SECRETS)"
            )
        if DEVELOPMENT_SECRET in self._all_secrets:
            raise ValueError("the development secret is public: set CORE_API_INTERNAL_SECRET")
        if self.provider == "offline" and self.llm_provider != "offline":
            raise ValueError(
                "no model key: set OPENAI_API_KEY or ANTHROPIC_API_KEY, "
                "or LLM_PROVIDER=offline to run the built-in offline editor"
            )
        return self

    @property
    def callback_secret(self) -> str:
        """What this service shows core-api."""
        if self.core_api_internal_secret is None:
            return DEVELOPMENT_SECRET
        return self.core_api_internal_secret.get_secret_value()

    @property
    def accepted_secrets(self) -> tuple[str, ...]:
        """What callers may show this service: one, or two while one is rotated."""
        if not self.internal_secrets:
            return (self.callback_secret,)
        return tuple(secret.get_secret_value() for secret in self.internal_secrets)

    @property
    def _all_secrets(self) -> tuple[str, ...]:
        return (self.callback_secret, *self.accepted_secrets)

    @property
    def provider(self) -> ProviderName:
        """Who answers prompts: as set, else whoever has a key, else the offline editor."""
        named = self.llm_provider
        if named is None:
            named = "openai" if self.openai_api_key or not self.anthropic_api_key else "anthropic"
        has_somebody = self._key_of(named) is not None or self.llm_api_base is not None
        return named if has_somebody else "offline"

    @property
    def fallbacks(self) -> tuple[FallbackModel, ...]:
        """Who is asked in its place, in order; LLM_API_BASE is of the same provider's alone."""
        return tuple(
            FallbackModel(
                provider=provider,
                model=model,
                api_key=self._key_of(provider),
                api_base=self.llm_api_base if provider == self.provider else None,
            )
            for provider, _, model in (name.partition("/") for name in self.llm_fallback_models)
        )

    @property
    def api_key(self) -> str | None:
        """The key of `provider`, when it has one."""
        return self._key_of(self.provider)

    @property
    def model(self) -> str:
        """The model that answers."""
        default = DEFAULT_MODELS[self.provider][0]
        # The offline editor goes by no other name.
        return default if self.provider == "offline" else self.llm_model or default

    @property
    def fast_model(self) -> str:
        """The model for cheap steps: as set, else the one model named, else the default."""
        default = DEFAULT_MODELS[self.provider][1]
        named = self.llm_fast_model or self.llm_model
        return default if self.provider == "offline" else named or default

    @property
    def shared_redis_url(self) -> str | None:
        """The Redis that somebody named; the default is a guess that may hold nothing."""
        is_named = "redis_url" in self.model_fields_set
        return self.redis_url.get_secret_value() if is_named else None

    @property
    def tenant_monthly_micro_usd(self) -> int | None:
        """A tenant's budget for a month, in micro-dollars."""
        dollars = self.tenant_monthly_cost_usd
        return None if dollars is None else int(dollars * 1_000_000)

    def _key_of(self, provider: str) -> str | None:
        keys = {"openai": self.openai_api_key, "anthropic": self.anthropic_api_key}
        key = keys.get(provider)
        return key.get_secret_value() if key else None


def _files_of(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise ValueError("is no folder")
    return sorted(folder.glob("*.txt"))


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsInvalid: with every problem in one line, and no value in it.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(_sentence(dict(problem)) for problem in error.errors())
        raise SettingsInvalid(problems) from None


def _fits_header(secret: str) -> bool:
    """Whether the secret arrives as it was sent; a file's last line end would not."""
    return secret.isascii() and secret.isprintable() and secret == secret.strip()


def _sentence(problem: dict[str, object]) -> str:
    at = problem["loc"]
    name = ".".join(str(part) for part in at).upper() if isinstance(at, tuple) else ""
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{name} {message}".strip()
