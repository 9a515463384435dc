"""An OpenTelemetry collector: a real HTTP server that takes OTLP and remembers the spans."""

import asyncio
from types import TracebackType
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.chaos.http_request import answer_bytes, read_request


class Collector:
    """A collector on 127.0.0.1, in the running event loop; `spans` are the ones that came."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()

    @property
    def url(self) -> str:
        """The address to give as OTEL_EXPORTER_OTLP_ENDPOINT."""
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        for resource in ExportTraceServiceRequest.FromString(request.body).resource_spans:
            names = (each for each in resource.resource.attributes if each.key == "service.name")
            self.services |= {name.value.string_value for name in names}
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        writer.write(answer_bytes(200))
        writer.close()
        await writer.wait_closed()
