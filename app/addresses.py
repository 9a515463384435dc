"""Addresses that an operator gives, refused at the start where they can never work."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr


def _http(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("must be an http:// or https:// address")
    # Reading a port that is none raises; every request would fail on it.
    _ = parts.port
    return value.rstrip("/")


def _postgresql(value: SecretStr) -> SecretStr:
    if urlsplit(value.get_secret_value()).scheme not in {"postgresql", "postgres"}:
        raise ValueError("must start with postgresql://")
    return value


def _redis(value: SecretStr) -> SecretStr:
    if urlsplit(value.get_secret_value()).scheme not in {"redis", "rediss"}:
        raise ValueError("must start with redis:// or rediss://")
    return value


# Without a slash at its end.
HttpAddress = Annotated[str, AfterValidator(_http)]
# These hold a password.
PostgresqlAddress = Annotated[SecretStr, AfterValidator(_postgresql)]
RedisAddress = Annotated[SecretStr, AfterValidator(_redis)]
