"""Spans that reach a collector of OpenTelemetry."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from pypi_app.container import assemble
from pypi_app.settings import Settings, SettingsError, Traces
from pypi_contracts.builders import build_wheel

if TYPE_CHECKING:
    from running_server import StartServer

PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """Takes spans by OTLP over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        received = self._received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                received(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}/v1/traces"

    @contextmanager
    def running(self) -> Iterator[Collector]:
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def named(self, name: str) -> list[Span]:
        return [each for each in self.spans if each.name == name]

    def _received(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
            self.services.add(attributes["service.name"])
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector().running() as running:
        yield running


@pytest.mark.slow
def test_an_upload_is_traced_from_the_request_to_the_reaction(
    start_server: StartServer, collector: Collector
) -> None:
    server = start_server(
        environment={
            "PYPI_TRACES__ENDPOINT": collector.endpoint,
            "PYPI_TRACES__SERVICE": "our-index",
            "PYPI_TRUSTED_PROXIES": "127.0.0.1",
        }
    )
    wheel = build_wheel("sample", "1.0")
    answer = httpx.post(
        f"{server.url}legacy/",
        data=dict(wheel.form_fields()),
        files={"content": (wheel.filename, wheel.content)},
        headers={
            "Authorization": f"Bearer {server.token}",
            "traceparent": f"00-{PARENT}-00f067aa0ba902b7-01",
            "X-Request-Id": "request-of-the-proxy",
        },
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 200
    while not collector.named("reaction render-project"):
        time.sleep(0.1)
    # What waits is sent at the end.
    server.stop()

    assert collector.services == {"our-index"}
    (request,) = collector.named("POST /legacy")
    assert request.trace_id.hex() == PARENT
    attributes = {each.key: each.value for each in request.attributes}
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["pypi.request_id"].string_value == "request-of-the-proxy"
    within = {each.name for each in collector.spans if each.trace_id == request.trace_id}
    assert {"unit of work", "staging begin", "staging adopt", "blobs put"} <= within
    # A worker's work is nobody's request.
    (reaction,) = collector.named("reaction render-project")
    assert reaction.trace_id != request.trace_id


def test_without_an_endpoint_nothing_of_opentelemetry_is_imported() -> None:
    program = (
        "import sys; from pypi_app.container import assemble; from pypi_app.settings import Settings; "
        "import pypi_app.server.serve; assemble(Settings()).traces(); "
        "print([each for each in sys.modules if 'opentelemetry' in each or 'prometheus' in each])"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert outcome.stdout == "[]\n"


def test_missing_packages_are_reported_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    container = assemble(Settings(traces=Traces(endpoint="http://127.0.0.1:4318/v1/traces")))

    with pytest.raises(SettingsError, match=r"pip install 'pypi-core\[traces\]'") as caught:
        container.traces()

    assert caught.value.setting == "traces.endpoint"


def test_no_traces_leave_ports_as_they_are() -> None:
    traces, port = assemble(Settings()).traces(), object()

    assert traces.of_port(port, "port") is port
    assert traces.of_requests(port) is port  # type: ignore[arg-type]
