import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from app.addresses import HttpAddress, PostgresqlAddress, RedisAddress


@pytest.mark.parametrize("address", ["core-api:4000", "ftp://core-api", "http://", "http://x:port"])
def test_what_no_request_could_reach_is_refused(address: str) -> None:
    """An address of another kind, without a host, or with a port that is none."""
    with pytest.raises(ValidationError):
        TypeAdapter(HttpAddress).validate_python(address)


def test_a_last_slash_is_left_out() -> None:
    """Paths are added with their own."""
    assert TypeAdapter(HttpAddress).validate_python("http://core-api:4000/") == (
        "http://core-api:4000"
    )


@pytest.mark.parametrize(
    "adapter", [TypeAdapter(PostgresqlAddress), TypeAdapter(RedisAddress)], ids=["sql", "redis"]
)
def test_another_servers_address_is_refused(adapter: TypeAdapter[SecretStr]) -> None:
    """An address of another kind of server is refused, and the reason does not repeat it."""
    with pytest.raises(ValidationError) as raised:
        adapter.validate_python("mysql://root:canary@db")

    assert "canary" not in str(raised.value.errors(include_input=False))
