"""HTTP by httpx: the driver that waits for each answer, and what it shares with the other."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar

import httpx
from msgspec.structs import replace

from pypi_api_client.address import is_loopback
from pypi_api_client.errors import (
    BadAnswer,
    ClientError,
    ConnectionFailed,
    InvalidAddress,
    UntrustedCertificate,
)
from pypi_api_client.neighbourhood import AddressGuard, ConnectionWatch
from pypi_api_client.protocol.messages import Response
from pypi_api_client.protocol.sending import Attempt, Pause, Steps
from pypi_api_client.streams import (
    LARGEST_ANSWER,
    Collected,
    ContentDecoder,
    Progress,
    chunks_of,
    counted,
    fields_of,
)
from pypi_api_client.trust import tls_context

T = TypeVar("T")
Transport = httpx.BaseTransport
_OCTETS = "application/octet-stream"
# What failed before anything of the request could arrive.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Driver:
    """Carries steps out, one after the other."""

    def __init__(
        self,
        guard: AddressGuard,
        *,
        user_agent: str,
        timeout: float,
        largest_answer: int = LARGEST_ANSWER,
        ca_bundle: Path | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._guard = guard
        self._sleep = sleep
        self._timeout = timeout
        self._largest_answer = largest_answer
        self._client = httpx.Client(
            transport=transport, **client_options(guard.home.root, user_agent, timeout, ca_bundle)
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def run(self, steps: Steps[T], progress: Progress | None = None) -> T:
        """
        Carry *steps* out and return their result; *progress* is told how much of a file is sent.

        Raises:
            ClientError: What the steps end with.
        """
        try:
            step = next(steps)
            while True:
                answer = None
                try:
                    if isinstance(step, Pause):
                        self._sleep(step.seconds)
                    else:
                        with self._sent(step, progress) as response:
                            answer = _read(response, step, self._largest_answer)
                except ClientError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    @contextmanager
    def _sent(self, attempt: Attempt, progress: Progress | None) -> Iterator[httpx.Response]:
        with translated(attempt.url), ExitStack() as files:
            arguments = request_arguments(attempt, files, progress, self._timeout)
            if attempt.request.piece:
                arguments["content"] = chunks_of(arguments["content"], progress)
            watch = self._guard.watch(attempt.url)
            request = self._client.build_request(**arguments, extensions={"trace": self._tracing(watch)})
            response = self._client.send(request, auth=no_login, stream=True, follow_redirects=False)
            watch.answered()
            try:
                yield response
            finally:
                response.close()

    def _tracing(self, watch: ConnectionWatch) -> Callable[[str, Mapping[str, Any]], None]:
        def trace(event: str, info: Mapping[str, Any]) -> None:
            if not watch.take(event, info):
                return
            try:
                if watch.needs_place:
                    with suppress(OSError):
                        host = host_of(self._guard.home.root)
                        self._guard.place(str(socket.getaddrinfo(host, None)[0][4][0]))
                watch.check()
            except ClientError:
                info["return_value"].close()
                raise

        return trace


def _content(response: httpx.Response) -> Iterator[bytes]:
    if response.is_stream_consumed:
        # A transport of a test gave all of it at once, decoded.
        yield response.content
        return
    decoder = ContentDecoder(str(response.url), response.headers.get("content-encoding", ""))
    for chunk in response.iter_raw():
        yield from decoder.decode(chunk)
    decoder.finish()


def _read(response: httpx.Response, attempt: Attempt, largest: int) -> Response:
    head, receiver = head_of(response), attempt.request.receiver
    if receiver is not None and receiver.begin(head):
        for chunk in response.iter_raw():
            receiver.take(chunk)
        return head
    body = Collected(head.url, min(largest, attempt.request.largest or largest))
    for chunk in _content(response):
        body.take(chunk)
    return replace(head, body=body.content())


# ------------------------------------------------------------- for both drivers


def client_options(root: str, user_agent: str, timeout: float, ca_bundle: Path | None) -> dict[str, Any]:
    """
    Return what makes a client of httpx a client of the index at *root*.

    Raises:
        InvalidCertificates: *ca_bundle* cannot be used.
    """
    return {
        "headers": {"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        "timeout": timeout,
        # A proxy has no way to this machine's own addresses.
        "trust_env": not is_loopback(root),
        "verify": tls_context(ca_bundle),
        # No cookie is kept: one index could have it sent to another of its domain.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    }


def no_login(request: httpx.Request) -> httpx.Request:
    """Leave a request as it is; with no login at all, httpx would take one out of the URL."""
    return request


def request_arguments(
    attempt: Attempt, files: ExitStack, progress: Progress | None, timeout: float
) -> dict[str, Any]:
    """Return the arguments of ``build_request``; what has to be open for it is closed with *files*."""
    request = attempt.request
    arguments: dict[str, Any] = {
        "method": request.method,
        "url": attempt.url,
        "headers": attempt.headers,
        "timeout": httpx.Timeout(timeout, read=max(timeout, request.patience)),
    }
    if request.form:
        file = files.enter_context(request.form.file.open("rb"))
        arguments["data"] = fields_of(request.form)
        arguments["files"] = [("content", (request.form.file.name, counted(file, progress), _OCTETS))]
    elif request.piece:
        file = files.enter_context(request.piece.file.open("rb"))
        file.seek(request.piece.offset)
        left = request.piece.size - request.piece.offset
        arguments["headers"] = attempt.headers | {"Content-Length": str(left), "Content-Type": _OCTETS}
        arguments["content"] = file
    else:
        arguments["content"] = request.body or None
    return arguments


def head_of(response: httpx.Response) -> Response:
    """Return an answer without its body."""
    return Response(
        status=response.status_code,
        url=str(response.url),
        headers={name.lower(): value for name, value in response.headers.items()},
        reason=response.reason_phrase,
    )


def host_of(url: str) -> str:
    """Return the host in *url*, without credentials and port."""
    return httpx.URL(url).host


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn what httpx raises into errors of ours."""
    host = url.split("/")[2].rpartition("@")[2]
    try:
        yield
    except httpx.TimeoutException as error:
        raise ConnectionFailed(
            f"{host} does not answer in time.", was_sent=not isinstance(error, _NEVER_SENT)
        ) from error
    except httpx.TransportError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise UntrustedCertificate(
                f"The TLS certificate of {host} is not trusted: {error}. If an authority of your own signed "
                "it, name the file of its certificate as the CA bundle (PYPI_CA_BUNDLE).",
                was_sent=False,
            ) from error
        raise ConnectionFailed(
            f"Cannot reach {host}: {str(error) or type(error).__name__}.",
            was_sent=not isinstance(error, _NEVER_SENT),
        ) from error
    except httpx.DecodingError as error:
        raise BadAnswer(f"The answer of {host} is compressed in a way that cannot be read.") from error
    except httpx.InvalidURL as error:
        raise InvalidAddress(f"This is no URL: {error}.") from error
