"""Spans of requests, units of work, stored bytes and reactions, for a collector of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from pypi_app.settings import Settings, SettingsError
from pypi_core import __version__
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.reactions import ReactionKind
from pypi_core.index import Index
from pypi_http_api.proxies import TrustedProxies
from pypi_http_api.replies import header_of
from pypi_http_api.request_ids import current_request_id
from pypi_http_api.traffic import noted_of

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

    from pypi_core.use_cases.upkeep.work_off_outbox import Reacts

P = ParamSpec("P")
T = TypeVar("T")

_SERVER_ERROR = 500


class NoTraces:
    """Leaves everything as it is, so that without traces nothing costs anything."""

    def of_port(self, port: T, name: str) -> T:
        """Return *port*, whose calls are called *name* and the method's."""
        return port

    def of_opening(
        self, opening: Callable[P, AbstractContextManager[T]], name: str
    ) -> Callable[P, AbstractContextManager[T]]:
        """Return what opens a transaction called *name*."""
        return opening

    def of_reactions(self, index: Index) -> Index:
        """Return *index*, whose reactions are traced."""
        return index

    def of_requests(self, application: ASGIApp) -> ASGIApp:
        """Return *application*, whose requests are traced."""
        return application


class Traces(NoTraces):
    """Makes spans with *tracer*; *proxies* may say which trace a request belongs to."""

    def __init__(self, tracer: Tracer, proxies: TrustedProxies) -> None:
        self._tracer = tracer
        self._proxies = proxies

    def of_port(self, port: T, name: str) -> T:
        """Make a span of each call."""
        return cast("T", _TracedPort(port, name, self._tracer))

    def of_opening(
        self, opening: Callable[P, AbstractContextManager[T]], name: str
    ) -> Callable[P, AbstractContextManager[T]]:
        """Make a span of each block."""

        @contextmanager
        def traced(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
            with self._tracer.start_as_current_span(name), opening(*args, **kwargs) as opened:
                yield opened

        return traced

    def of_reactions(self, index: Index) -> Index:
        """Make a span of each reaction."""
        find = index.reaction

        def reaction(kind: ReactionKind) -> Reacts:
            reacts = find(kind)

            def traced(name: NormalizedName) -> None:
                with self._tracer.start_as_current_span(
                    f"reaction {kind.value}", attributes={"pypi.project": name}
                ):
                    reacts(name)

            return traced

        index.reaction = reaction  # type: ignore[method-assign]
        return index

    def of_requests(self, application: ASGIApp) -> ASGIApp:
        """Make a span of each request, named for its route."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                return await application(scope, receive, send)
            method = scope["method"]
            with self._tracer.start_as_current_span(
                method, context=self._context(scope), kind=SpanKind.SERVER
            ) as span:

                async def noting(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        span.set_attribute("http.response.status_code", message["status"])
                        if message["status"] >= _SERVER_ERROR:
                            span.set_status(Status(StatusCode.ERROR))
                    await send(message)

                try:
                    await application(scope, receive, noting)
                finally:
                    route = noted_of(scope).route
                    span.update_name(f"{method} {route}".rstrip())
                    span.set_attribute("http.request.method", method)
                    span.set_attribute("http.route", route)
                    span.set_attribute("pypi.request_id", current_request_id.get())

        return traced

    def _context(self, scope: Any) -> Context | None:
        """Return the trace that a trusted proxy names (W3C); strangers must not choose what is kept."""
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        peer = scope.get("client")
        if peer is None or not self._proxies.trusts(peer[0]):
            return None
        parent = header_of(scope, b"traceparent")
        return TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None


class _TracedPort:
    """Stands in for a port of the core; each of its methods is made when it is first asked for."""

    def __init__(self, port: object, name: str, tracer: Tracer) -> None:
        self._port = port
        self._name = name
        self._tracer = tracer

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._port, method)
        if not callable(call):
            return call

        @wraps(call)
        def traced(*args: Any, **kwargs: Any) -> Any:
            with self._tracer.start_as_current_span(f"{self._name} {method}"):
                return call(*args, **kwargs)

        setattr(self, method, traced)
        return traced


def build_traces(settings: Settings) -> NoTraces:
    """
    Build what traces; nothing of OpenTelemetry is imported without an endpoint.

    Raises:
        SettingsError: The packages that it needs are not installed.
    """
    if settings.traces.endpoint is None:
        return NoTraces()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError as error:
        raise SettingsError(
            f"the Python package {error.name} is needed for traces and is not installed: "
            "pip install 'pypi-core[traces]'",
            "traces.endpoint",
        ) from error
    described = {"service.name": settings.traces.service, "service.version": __version__}
    # What is left when the process ends is sent then.
    provider = TracerProvider(
        resource=Resource.create(described), sampler=ParentBased(TraceIdRatioBased(settings.traces.sample))
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces.endpoint)))
    return Traces(provider.get_tracer("pypi_app", __version__), TrustedProxies(settings.trusted_proxies))
