"""What Prometheus reads."""

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from app.api.wiring import LifecycleNow
from app.runs.gauges import read_gauges
from app.telemetry.metrics import REGISTRY

router = APIRouter(tags=["probes"])


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format"}},
)
async def metrics(lifecycle: LifecycleNow) -> Response:
    """What this process counted since its start, and where runs and callbacks stand for all."""
    await read_gauges(lifecycle.database)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4)
