from prometheus_client.exposition import generate_latest

from app.telemetry.metrics import OTHER_TENANTS, REGISTRY, TenantLabel


def test_the_first_tenants_are_told_apart_and_all_others_are_one() -> None:
    """However many tenants there are, a process has a bounded number of series."""
    label = TenantLabel(most=2)

    told = [label.of(f"college-{number % 5}") for number in range(20)]

    assert told[:5] == ["college-0", "college-1", *[OTHER_TENANTS] * 3]
    assert told == told[:5] * 4


def test_no_tenant_is_named_where_none_is_wanted() -> None:
    """With a limit of 0 nobody learns from /metrics who the tenants are."""
    assert TenantLabel(most=0).of("college") == OTHER_TENANTS


def test_a_series_does_not_say_when_it_began() -> None:
    """The client library's `_created` series, which nothing here uses, are left out."""
    assert b"_created" not in generate_latest(REGISTRY)
