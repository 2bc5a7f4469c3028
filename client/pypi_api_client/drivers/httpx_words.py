"""What both drivers say to httpx, and what it says to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec.structs import replace

from pypi_api_client.address import is_loopback
from pypi_api_client.errors import BadAnswer, ConnectionFailed, InvalidAddress, UntrustedCertificate
from pypi_api_client.neighbourhood import AddressGuard
from pypi_api_client.protocol.messages import Form, Receiver, Response
from pypi_api_client.protocol.steps import Attempt
from pypi_api_client.streams import Collected, ContentDecoder, counted
from pypi_api_client.trust import tls_context

_OCTETS = "application/octet-stream"
# What failed before anything of the request could arrive.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class HttpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a client speaks HTTP with its index; *guard* says where that may lead."""

    guard: AddressGuard
    user_agent: str
    timeout: float
    largest_answer: int
    ca_bundle: Path | None

    @property
    def host(self) -> str:
        """The host of the index."""
        return httpx.URL(self.guard.home.root).host

    def of_client(self) -> dict[str, Any]:
        """
        Return what makes a client of httpx a client of the index.

        Raises:
            InvalidCertificates: The CA bundle cannot be used.
        """
        return {
            "headers": {"User-Agent": self.user_agent, "Accept-Encoding": "gzip"},
            "timeout": self.timeout,
            # A proxy has no way to this machine's own addresses.
            "trust_env": not is_loopback(self.guard.home.root),
            "verify": tls_context(self.ca_bundle),
            # No cookie is kept: one index could have it sent to another of its domain.
            "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        }

    def of_request(self, attempt: Attempt, files: ExitStack) -> dict[str, Any]:
        """Return the arguments of ``build_request``; what has to be open for it is closed with *files*."""
        request = attempt.request
        arguments: dict[str, Any] = {
            "method": request.method,
            "url": attempt.url,
            "headers": attempt.headers,
            "timeout": httpx.Timeout(self.timeout, read=max(self.timeout, request.patience)),
        }
        if request.form:
            file = files.enter_context(request.form.file.open("rb"))
            arguments["data"] = _fields_of(request.form)
            content = counted(file, request.form.progress)
            arguments["files"] = [("content", (request.form.file.name, content, _OCTETS))]
        elif request.piece:
            file = files.enter_context(request.piece.file.open("rb"))
            file.seek(request.piece.offset)
            left = request.piece.size - request.piece.offset
            arguments["headers"] = attempt.headers | {"Content-Length": str(left), "Content-Type": _OCTETS}
            arguments["content"] = file
        else:
            arguments["content"] = request.body or None
        return arguments

    def reception(self, response: httpx.Response, attempt: Attempt) -> Reception:
        """Return what takes in an answer to *attempt*."""
        largest = min(self.largest_answer, attempt.request.largest or self.largest_answer)
        return Reception(response, attempt.request.receiver, largest)


class Reception:
    """Takes in an answer piece by piece: by the *receiver* of its request, or decoded and as a whole."""

    def __init__(self, response: httpx.Response, receiver: Receiver | None, largest: int) -> None:
        head = _head_of(response)
        self._head = head
        self._receiver = receiver if receiver is not None and receiver.begin(head) else None
        self._body = Collected(head.url, largest)
        # A transport of a test may give all of it at once, decoded.
        self.is_complete = self._receiver is None and response.is_stream_consumed
        encoding = "" if self.is_complete or self._receiver else head.headers.get("content-encoding", "")
        self._decoder = ContentDecoder(head.url, encoding)
        if self.is_complete:
            self._body.take(response.content)

    def take(self, chunk: bytes) -> None:
        """
        Take in the next bytes, as they were sent.

        Raises:
            ClientError: There are too many, or they are not what the answer says.
        """
        if self._receiver is not None:
            self._receiver.take(chunk)
            return
        for piece in self._decoder.decode(chunk):
            self._body.take(piece)

    def finish(self) -> Response:
        """
        Return the answer, with its body unless a receiver has it.

        Raises:
            BadAnswer: It is cut off.
        """
        self._decoder.finish()
        return replace(self._head, body=self._body.content())


def _fields_of(form: Form) -> dict[str, list[str]]:
    data: dict[str, list[str]] = {}
    for name, value in form.fields:
        data.setdefault(name, []).append(value)
    return data


def no_login(request: httpx.Request) -> httpx.Request:
    """Leave a request as it is; with no login at all, httpx would take one out of the URL."""
    return request


def _head_of(response: httpx.Response) -> Response:
    """Return an answer without its body."""
    return Response(
        status=response.status_code,
        url=str(response.url),
        headers={name.lower(): value for name, value in response.headers.items()},
        reason=response.reason_phrase,
    )


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
        raise InvalidAddress(f"Not a URL: {error}.") from error
