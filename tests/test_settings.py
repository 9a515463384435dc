from pathlib import Path
from typing import Any

import pytest
from annotated_types import Ge

from app.retry_after import LONGEST_SECONDS
from app.settings import DEVELOPMENT_SECRET, Settings, SettingsInvalid, load_settings

SECRET = "a-secret-of-24-characters"
PRODUCTION = {
    "APP_ENV": "production",
    "CORE_API_INTERNAL_SECRET": SECRET,
    "CORE_API_INTERNAL_URL": "http://core-api:4000",
    "OPENAI_API_KEY": "sk-made-up",
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def _load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def _refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        _load(monkeypatch, **environment)
    return str(refused.value)


def test_one_machine_needs_nothing() -> None:
    """Without a single variable the service runs: embedded database, offline editor, port 4002."""
    settings = load_settings()

    assert (settings.app_env, settings.port, settings.log_level) == ("development", 4002, "INFO")
    assert (settings.database_url, settings.data_dir) == (None, Path(".data"))
    assert (settings.provider, settings.model, settings.api_key) == ("offline", "editor", None)
    assert settings.accepted_secrets == (DEVELOPMENT_SECRET,)
    assert settings.callback_secret == DEVELOPMENT_SECRET
    assert (settings.llm_timeout_seconds, settings.max_attempts) == (30, 3)
    assert settings.notify_student_directly is False


def test_no_pause_that_we_ask_for_outlasts_a_run() -> None:
    """A run is not taken for abandoned while it waits as it was told, nor behind a day's queue."""
    shortest = next(
        limit.ge
        for limit in Settings.model_fields["abandoned_after_seconds"].metadata
        if isinstance(limit, Ge)
    )

    assert shortest == 2 * LONGEST_SECONDS
    assert load_settings().abandoned_after_seconds >= 86_400


def test_production_starts_when_it_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret, core-api's address and a key are enough."""
    settings = _load(monkeypatch, **PRODUCTION)

    assert (settings.provider, settings.model) == ("openai", "gpt-4o")
    assert settings.accepted_secrets == (SECRET,)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"CORE_API_INTERNAL_SECRET": ""}, "CORE_API_INTERNAL_SECRET is empty"),
        ({"CORE_API_INTERNAL_SECRET": "short"}, "shorter than 16 characters"),
        ({"CORE_API_INTERNAL_SECRET": "x" * 15}, "shorter than 16 characters"),
        ({"INTERNAL_SECRETS": f"{SECRET},short"}, "shorter than 16 characters"),
        ({"CORE_API_INTERNAL_SECRET": DEVELOPMENT_SECRET}, "the development secret is public"),
        ({"INTERNAL_SECRETS": DEVELOPMENT_SECRET}, "the development secret is public"),
        ({"OPENAI_API_KEY": ""}, "no model key"),
        ({"OPENAI_API_KEY": "", "LLM_PROVIDER": "anthropic"}, "no model key"),
        ({"LLM_PROVIDER": "anthropic"}, "no model key"),
    ],
)
def test_production_refuses_what_is_unsafe(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], reason: str
) -> None:
    """Each reason not to start is one line that names it and holds no secret."""
    refusal = _refusal(monkeypatch, **(PRODUCTION | changes))

    assert reason in refusal
    assert "\n" not in refusal
    assert SECRET not in refusal
    assert "sk-made-up" not in refusal


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"PORT": "four"}, "PORT "),
        ({"PORT": "70000"}, "PORT "),
        ({"PORT": "-1"}, "PORT "),
        ({"APP_ENV": "prod"}, "APP_ENV "),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL "),
        ({"LLM_PROVIDER": "gemini"}, "LLM_PROVIDER "),
        ({"LLM_TIMEOUT_SECONDS": "0"}, "LLM_TIMEOUT_SECONDS "),
        ({"LLM_TIMEOUT_SECONDS": "nan"}, "LLM_TIMEOUT_SECONDS "),
        ({"RUN_DEADLINE_SECONDS": "4000"}, "RUN_DEADLINE_SECONDS "),
        ({"MAX_ATTEMPTS": "0"}, "MAX_ATTEMPTS "),
        ({"ABANDONED_AFTER_SECONDS": "3600"}, "ABANDONED_AFTER_SECONDS "),
        ({"DATABASE_POOL_SIZE": "0"}, "DATABASE_POOL_SIZE "),
        ({"MAX_RUNS_IN_FLIGHT": "0"}, "MAX_RUNS_IN_FLIGHT "),
        ({"TENANT_RUNS_PER_MINUTE": "0"}, "TENANT_RUNS_PER_MINUTE "),
        ({"TENANT_MONTHLY_TOKENS": "-1"}, "TENANT_MONTHLY_TOKENS "),
        ({"TENANT_MONTHLY_COST_USD": "-0.01"}, "TENANT_MONTHLY_COST_USD "),
        ({"TENANT_MONTHLY_COST_USD": "NaN"}, "TENANT_MONTHLY_COST_USD "),
        ({"REDIS_URL": "http://:hidden@h"}, "REDIS_URL must start with redis://"),
        ({"REDIS_URL": "h:6379"}, "REDIS_URL must start with redis://"),
        ({"NOTIFY_STUDENT_DIRECTLY": "perhaps"}, "NOTIFY_STUDENT_DIRECTLY "),
        ({"CORE_API_INTERNAL_URL": "core-api:4000"}, "CORE_API_INTERNAL_URL must be an http"),
        ({"CORE_API_INTERNAL_URL": "http://"}, "CORE_API_INTERNAL_URL must be an http"),
        ({"CORE_API_INTERNAL_URL": "ftp://core-api"}, "CORE_API_INTERNAL_URL must be an http"),
        ({"LLM_API_BASE": "localhost:8000"}, "LLM_API_BASE must be an http"),
        ({"LLM_API_BASE": "http://[::1"}, "LLM_API_BASE "),
        ({"DATABASE_URL": "mysql://u:hidden@h/d"}, "DATABASE_URL must start with postgresql://"),
        ({"DATABASE_URL": "postgresql+asyncpg://u:hidden@h/d"}, "DATABASE_URL must start"),
        ({"DATABASE_URL": "u:hidden@h/d"}, "DATABASE_URL must start"),
        ({"INTERNAL_SECRETS": "hidden-1,hidden-2,hidden-3"}, "at most 2"),
        ({"INTERNAL_SECRETS": "hidden-1,"}, "an internal secret is empty"),
        ({"INTERNAL_SECRETS": " , "}, "an internal secret is empty"),
        ({"LLM_FALLBACK_MODELS": "hidden-model"}, "LLM_FALLBACK_MODELS takes openai/…"),
        ({"LLM_FALLBACK_MODELS": "gemini/hidden"}, "LLM_FALLBACK_MODELS takes openai/…"),
        ({"LLM_FALLBACK_MODELS": "offline/editor"}, "LLM_FALLBACK_MODELS takes openai/…"),
        ({"LLM_FALLBACK_MODELS": "openai/"}, "LLM_FALLBACK_MODELS takes openai/…"),
        (
            {"OPENAI_API_KEY": "hidden", "LLM_FALLBACK_MODELS": "openai/hidden,"},
            "LLM_FALLBACK_MODELS takes openai/…",
        ),
        (
            {"OPENAI_API_KEY": "hidden", "LLM_FALLBACK_MODELS": "anthropic/hidden"},
            "LLM_FALLBACK_MODELS names a model of anthropic: set ANTHROPIC_API_KEY",
        ),
        (
            {"ANTHROPIC_API_KEY": "hidden", "LLM_FALLBACK_MODELS": "openai/hidden"},
            "LLM_FALLBACK_MODELS names a model of openai: set OPENAI_API_KEY",
        ),
        (
            {"LLM_API_BASE": "http://h", "LLM_FALLBACK_MODELS": "anthropic/hidden"},
            "set ANTHROPIC_API_KEY",
        ),
        (
            {
                "OPENAI_API_KEY": "hidden",
                "LLM_PROVIDER": "offline",
                "LLM_FALLBACK_MODELS": "openai/hidden",
            },
            "the editor is none",
        ),
        (
            {"OPENAI_API_KEY": "hidden", "LLM_FALLBACK_MODELS": "openai/gpt-4o"},
            "a model twice or LLM_MODEL itself",
        ),
        (
            {"OPENAI_API_KEY": "hidden", "LLM_FALLBACK_MODELS": "openai/m, openai/m"},
            "a model twice or LLM_MODEL itself",
        ),
        ({"CORE_API_INTERNAL_SECRET": "hidden\n"}, "no HTTP header carries"),
        ({"CORE_API_INTERNAL_SECRET": " hidden"}, "no HTTP header carries"),
        ({"CORE_API_INTERNAL_SECRET": "hiddén"}, "no HTTP header carries"),
        ({"INTERNAL_SECRETS": "hidden\x01"}, "no HTTP header carries"),
    ],
)
def test_nonsense_is_refused_everywhere(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], reason: str
) -> None:
    """A value that cannot be meant is one line that names its variable and not its value."""
    refusal = _refusal(monkeypatch, **environment)

    assert reason in refusal
    assert "\n" not in refusal
    assert "hidd" not in refusal


def test_every_problem_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator fixes everything in one go."""
    refusal = _refusal(monkeypatch, PORT="x", MAX_ATTEMPTS="x")

    assert "PORT" in refusal
    assert "MAX_ATTEMPTS" in refusal
    assert "; " in refusal


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("offline", "editor", "editor", None)),
        ({"OPENAI_API_KEY": "k"}, ("openai", "gpt-4o", "gpt-4o-mini", "k")),
        (
            {"ANTHROPIC_API_KEY": "k"},
            ("anthropic", "claude-sonnet-4-6", "claude-haiku-4-5", "k"),
        ),
        (
            {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "a"},
            ("openai", "gpt-4o", "gpt-4o-mini", "k"),
        ),
        (
            {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "a", "LLM_PROVIDER": "anthropic"},
            ("anthropic", "claude-sonnet-4-6", "claude-haiku-4-5", "a"),
        ),
        ({"LLM_PROVIDER": "openai"}, ("offline", "editor", "editor", None)),
        ({"OPENAI_API_KEY": "k", "LLM_PROVIDER": "offline"}, ("offline", "editor", "editor", None)),
        ({"LLM_API_BASE": "http://h/v1"}, ("openai", "gpt-4o", "gpt-4o-mini", None)),
        (
            {"LLM_API_BASE": "http://h", "LLM_PROVIDER": "anthropic"},
            ("anthropic", "claude-sonnet-4-6", "claude-haiku-4-5", None),
        ),
        ({"OPENAI_API_KEY": "k", "LLM_MODEL": "m"}, ("openai", "m", "m", "k")),
        (
            {"OPENAI_API_KEY": "k", "LLM_MODEL": "m", "LLM_FAST_MODEL": "f"},
            ("openai", "m", "f", "k"),
        ),
        ({"OPENAI_API_KEY": "k", "LLM_FAST_MODEL": "f"}, ("openai", "gpt-4o", "f", "k")),
    ],
)
def test_who_answers_follows_from_the_keys(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    expected: tuple[str, str, str, str | None],
) -> None:
    """The provider is the one named, else one with a key or an address, else the editor."""
    settings = _load(monkeypatch, **environment)

    found = (settings.provider, settings.model, settings.fast_model, settings.api_key)
    assert found == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, []),
        (
            {"LLM_FALLBACK_MODELS": "anthropic/claude-sonnet-4-6, openai/gpt-4o-mini"},
            [
                ("anthropic", "claude-sonnet-4-6", "a", None),
                ("openai", "gpt-4o-mini", "k", None),
            ],
        ),
        (
            {
                "LLM_FALLBACK_MODELS": "anthropic/c,openai/org/model",
                "LLM_API_BASE": "http://h/v1",
            },
            [("anthropic", "c", "a", None), ("openai", "org/model", "k", "http://h/v1")],
        ),
        (
            {
                "LLM_FALLBACK_MODELS": "openai/m",
                "LLM_API_BASE": "http://h/v1",
                "OPENAI_API_KEY": "",
                "LLM_PROVIDER": "openai",
            },
            [("openai", "m", None, "http://h/v1")],
        ),
        (
            {"LLM_FALLBACK_MODELS": "openai/gpt-4o", "LLM_PROVIDER": "anthropic"},
            [("openai", "gpt-4o", "k", None)],
        ),
    ],
)
def test_fallbacks_are_asked_with_their_own_keys(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    expected: list[tuple[str, str, str | None, str | None]],
) -> None:
    """Each fallback has its provider's key; LLM_API_BASE is where the first one's provider is."""
    keys = {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "a"}

    settings = _load(monkeypatch, **(keys | environment))

    assert list(settings.fallbacks) == expected
    assert "'k'" not in repr(settings)


def test_production_may_run_the_editor_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    """LLM_PROVIDER=offline says in production that no model is meant to be asked."""
    environment = PRODUCTION | {"OPENAI_API_KEY": "", "LLM_PROVIDER": "offline"}

    settings = _load(monkeypatch, **environment)

    assert settings.provider == "offline"


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("", (SECRET,)),
        ("only-one", ("only-one",)),
        ("old-one,new-one", ("old-one", "new-one")),
        (" old-one , new-one ", ("old-one", "new-one")),
    ],
)
def test_secrets_are_separated_by_commas(
    monkeypatch: pytest.MonkeyPatch, value: str, accepted: tuple[str, ...]
) -> None:
    """INTERNAL_SECRETS is one secret or two; without it callers show core-api's."""
    settings = _load(monkeypatch, CORE_API_INTERNAL_SECRET=SECRET, INTERNAL_SECRETS=value)

    assert settings.accepted_secrets == accepted
    assert settings.callback_secret == SECRET


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_database_is_postgresql(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """Both of libpq's schemes are taken, and the address stays hidden when it is shown."""
    settings = _load(monkeypatch, DATABASE_URL=f"{scheme}://u:hidden@h:5432/d?sslmode=require")

    assert settings.database_url is not None
    assert settings.database_url.get_secret_value().startswith(f"{scheme}://u:hidden@h")
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize("name", ["CORE_API_INTERNAL_URL", "LLM_API_BASE"])
def test_addresses_end_without_a_slash(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Paths are put behind an address, so its last slash goes."""
    settings = _load(monkeypatch, **{name: "https://host:4000/base/"})

    found: Any = getattr(settings, name.lower())
    assert found == "https://host:4000/base"


def test_a_file_fills_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`.env` is read, the environment wins over it, and what is not ours is ignored."""
    (tmp_path / ".env").write_text("PORT=4100\nMAX_ATTEMPTS=5\nSOMEBODY_ELSES=1\n")

    settings = _load(monkeypatch, PORT="4200")

    assert (settings.port, settings.max_attempts) == (4200, 5)


def test_an_empty_list_is_no_list() -> None:
    """Secrets may be given as a list where settings are made in code."""
    settings = Settings.model_validate({"internal_secrets": ["one"]})

    assert settings.accepted_secrets == ("one",)


def test_tenants_are_unlimited_unless_somebody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a setting there is no limit; zero is a budget, and a cent is 10,000 micro-dollars."""
    unlimited = load_settings()

    limited = _load(monkeypatch, TENANT_MONTHLY_TOKENS="0", TENANT_MONTHLY_COST_USD="12.01")

    assert (unlimited.tenant_runs_per_minute, unlimited.max_runs_in_flight) == (None, 200)
    assert (unlimited.tenant_monthly_tokens, unlimited.tenant_monthly_micro_usd) == (None, None)
    assert (limited.tenant_monthly_tokens, limited.tenant_monthly_micro_usd) == (0, 12_010_000)


def test_replicas_share_a_redis_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default address is nobody's promise that a Redis is there; one that is set is."""
    by_default = load_settings()

    named = _load(monkeypatch, REDIS_URL="rediss://:hidden@h:6380/1")

    assert by_default.shared_redis_url is None
    assert named.shared_redis_url == "rediss://:hidden@h:6380/1"
    assert "hidden" not in repr(named)
