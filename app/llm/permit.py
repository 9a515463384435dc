"""Whether a model may be asked now, decided by the statement that writes the call down.

A call needs the run, a provider that is not cooling down, and what it could cost at most within the
tenant's budget for the month. Two calls that are permitted in the same milliseconds do not see each
other: together they may overspend by the one's estimate, and never by more than the estimates of
all calls in flight.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Row, String, Uuid, bindparam, text
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import execute
from app.errors import (
    AiWorkerError,
    BudgetExhausted,
    LeaseLost,
    ProviderMisconfigured,
    ProviderRateLimited,
    RunInterrupted,
    TenantRateLimited,
)
from app.runs.tables import Claim, LlmCall

MICRO_DOLLARS = 1_000_000

# The most LLM_TIMEOUT_SECONDS may be. A call that is open for longer lost its process; whether it
# was paid for nobody knows, so its estimate is taken for spent.
LONGEST_CALL_SECONDS = 600

# What makes all replicas wait: the provider said so, or it rejects what they all ask with.
COOLING: Mapping[str, type[RunInterrupted]] = {
    error.code: error for error in (ProviderRateLimited, ProviderMisconfigured)
}

CALL_COLUMNS = {
    *("id", "tenant_id", "run_id", "request_hash", "prompt", "model"),
    *("estimated_tokens", "estimated_cost_micro_usd"),
}

COOL_DOWN = text("""
insert into ai_provider_cooldowns as cooldown (quota, code, expires_at)
values (:quota, :code, clock_timestamp() + make_interval(secs => :seconds))
on conflict (quota) do update set code = excluded.code, expires_at = excluded.expires_at
where excluded.expires_at > cooldown.expires_at
""")

START = text("""
with held as (
    select from ai_job_runs where id = :run_id and fence = :fence and state = 'running'
), cooldown as (
    select code, extract(epoch from expires_at - clock_timestamp())::float as seconds
    from ai_provider_cooldowns where quota = :quota and expires_at > clock_timestamp()
), budget as (
    select coalesce(monthly_tokens, :monthly_tokens) as tokens,
        coalesce(monthly_cost_micro_usd, :monthly_cost_micro_usd) as cost
    from (select) as always left join ai_tenant_budgets on tenant_id = :tenant_id
), call as (
    select outcome is null and started_at > now() - make_interval(secs => :longest_seconds)
            as is_in_flight,
        coalesce(input_tokens + output_tokens, estimated_tokens, 0) as tokens,
        coalesce(cost_micro_usd, estimated_cost_micro_usd, 0) as cost
    from ai_llm_calls
    where tenant_id = :tenant_id and started_at >= date_trunc('month', now(), 'UTC')
        -- Without a budget nothing is summed up.
        and (select tokens is not null or cost is not null from budget)
), spent as (
    select coalesce(sum(tokens), 0)::bigint as tokens, coalesce(sum(cost), 0)::bigint as cost,
        coalesce(sum(tokens) filter (where is_in_flight), 0)::bigint as tokens_in_flight,
        coalesce(sum(cost) filter (where is_in_flight), 0)::bigint as cost_in_flight
    from call
), written as (
    insert into ai_llm_calls (id, tenant_id, run_id, request_hash, prompt, model,
        estimated_tokens, estimated_cost_micro_usd)
    select :id, :tenant_id, :run_id, :request_hash, :prompt, :model,
        :estimated_tokens, :estimated_cost_micro_usd
    from held, budget, spent
    where not exists (select from cooldown)
        and (budget.tokens is null or spent.tokens + :estimated_tokens <= budget.tokens)
        and (budget.cost is null or spent.cost + :estimated_cost_micro_usd <= budget.cost)
    returning 1
)
select exists (select from written) as is_written, exists (select from held) as is_held,
    cooldown.code, cooldown.seconds,
    budget.tokens - spent.tokens as tokens_left, spent.tokens_in_flight,
    budget.cost - spent.cost as cost_left, spent.cost_in_flight
from budget, spent left join cooldown on true
""").bindparams(
    # PostgreSQL takes what stands in a select list for text unless it is told otherwise.
    *(bindparam(name, type_=Uuid()) for name in ("id", "run_id")),
    *(
        bindparam(name, type_=BigInteger())
        for name in (
            "fence",
            "monthly_tokens",
            "monthly_cost_micro_usd",
            "estimated_tokens",
            "estimated_cost_micro_usd",
        )
    ),
    *(
        bindparam(name, type_=String())
        for name in ("tenant_id", "request_hash", "prompt", "model", "quota")
    ),
    longest_seconds=LONGEST_CALL_SECONDS,
)


@dataclass(frozen=True)
class Budget:
    """What a tenant may spend in a calendar month (UTC) unless `ai_tenant_budgets` says otherwise.

    `None` is no limit.
    """

    monthly_tokens: int | None = None
    monthly_cost_micro_usd: int | None = None


UNLIMITED = Budget()


async def start_call(
    session: AsyncSession, call: LlmCall, claim: Claim, quota: str, budget: Budget
) -> None:
    """Write the call down if it may be made. One statement, whatever it decides.

    Raises:
        LeaseLost: a later attempt holds the run, or it is closed.
        ProviderRateLimited, ProviderMisconfigured: the provider is cooling down.
        BudgetExhausted: the budget does not cover it, or nobody knows its price.
        TenantRateLimited: the budget may cover it once the calls in flight have ended.
    """
    values = call.model_dump(include=CALL_COLUMNS) | vars(budget)
    rows = await execute(session, START, {**values, "fence": claim.fence, "quota": quota})
    row = rows.one()
    if row.is_written:
        return
    if not row.is_held:
        raise LeaseLost
    if row.code:
        raise COOLING[row.code](
            "The model provider is not asked until it may be asked again.",
            retry_after_seconds=row.seconds,
        )
    raise _over_budget(row, call)


async def cool_down(session: AsyncSession, quota: str, error: AiWorkerError) -> None:
    """Have no replica ask before the time the provider named; a longer cooldown stays."""
    values = {"quota": quota, "code": error.code, "seconds": error.retry_after_seconds}
    await execute(session, COOL_DOWN, values)


def _over_budget(row: Row[Any], call: LlmCall) -> BudgetExhausted | TenantRateLimited:
    if row.cost_left is not None and call.estimated_cost_micro_usd is None:
        return BudgetExhausted(
            f"The tenant has a budget in dollars and nobody knows the price of {call.model}."
        )
    needs = (
        (_tokens, call.estimated_tokens or 0, row.tokens_left, row.tokens_in_flight),
        (_dollars, call.estimated_cost_micro_usd or 0, row.cost_left, row.cost_in_flight),
    )
    for amount, needed, left, in_flight in needs:
        # What is in flight may yet turn out to cost nothing.
        if left is not None and needed > left + in_flight:
            return BudgetExhausted(
                f"The call could take {amount(needed)}; of this month's budget "
                f"{amount(max(left + in_flight, 0))} are left."
            )
    return TenantRateLimited("The rest of this month's budget is held by model calls in flight.")


def _tokens(number: int) -> str:
    return f"{number:,} tokens"


def _dollars(micro_dollars: int) -> str:
    return f"{micro_dollars / MICRO_DOLLARS:,.6f} US dollars"
