"""HTTP: the one module that knows httpx."""

from __future__ import annotations

import os
import random
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TypeVar, cast

import httpx
import truststore

from pypi_api_client.address import IndexAddress, check_url, is_loopback, origin
from pypi_api_client.errors import (
    BadAnswer,
    Busy,
    ConnectionFailed,
    InvalidAddress,
    UntrustedCertificate,
)
from pypi_api_client.protocol.messages import Form, Request, Response, refusal_of

T = TypeVar("T")
Progress = Callable[[int], None]
"""Is told how many bytes of a file have been sent or received so far; a new try starts at 0 again."""

_TRIES = 3
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_MOST_REDIRECTS = 5
_LARGEST_ANSWER = 256 * 1024 * 1024
_CHUNK = 64 * 1024
# An index looks through a large file before it answers.
_UPLOAD_ANSWERS_WITHIN = 600.0
# Not failures that pass: what is asked for does not exist there.
_LASTING = {501, 505}


class Connection:
    """
    Sends requests to one index and where it points to.

    A token goes to the index's own origin alone.  Redirects of reads are followed, those of
    bodies within one origin only.  Connection errors, 429 and 5xx are tried up to three times:
    each operation of this client does no harm when repeated, an upload of the same file included.
    """

    def __init__(
        self,
        address: IndexAddress,
        *,
        authorization: httpx.BasicAuth | None,
        user_agent: str,
        timeout: float,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = address
        self._authorization = authorization
        self._sleep = sleep
        self._timeout = timeout
        self._client = httpx.Client(
            headers={"User-Agent": user_agent},
            timeout=timeout,
            transport=transport,
            # A proxy has no way to this machine's own addresses.
            trust_env=not is_loopback(address.root),
            # The certificates that the operating system trusts, a company's own among them.
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def send(self, request: Request, progress: Progress | None = None) -> Response:
        """
        Send a request and return the answer; *progress* is told how much of a form's file is sent.

        Raises:
            ConnectionFailed: The index cannot be reached.
            Busy: It asks to come back later, or fails.
            InvalidAddress: It redirects to where nobody should go.
            BadAnswer: Its answer cannot be decoded or does not end.
        """
        return self._repeatedly(lambda: self._send_once(request, progress))

    def receive(self, url: str, take: Callable[[Iterator[bytes]], T]) -> T:
        """
        Hand the bytes at *url*, as they arrive, to *take*, and return what it returns.

        *take* is called again from the start when a connection breaks.

        Raises:
            Refused: The server refused.
            ConnectionFailed: It cannot be reached.
            InvalidAddress: The URL is not safe to ask.
        """

        def attempt() -> T:
            # Encoded on the way, the bytes would be others than those that were hashed.
            request = Request(method="GET", url=url, headers={"Accept-Encoding": "identity"})
            with self._following(request) as response:
                if response.status_code != 200:
                    raise refusal_of(_read(response))
                with _translated(url):
                    return take(response.iter_raw(_CHUNK))

        return self._repeatedly(attempt)

    def _repeatedly(self, attempt: Callable[[], T]) -> T:
        pause = _FIRST_PAUSE
        for _ in range(_TRIES - 1):
            try:
                return attempt()
            except UntrustedCertificate:
                raise
            except Busy as error:
                if error.status in _LASTING or (error.retry_after or 0) > _LONGEST_PAUSE:
                    raise
                self._sleep(error.retry_after or pause)
            except ConnectionFailed:
                # Many clients that lost one server must not come back in step.
                self._sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
            pause *= 2
        return attempt()

    def _send_once(self, request: Request, progress: Progress | None) -> Response:
        with self._following(request, progress) as streamed:
            response = _read(streamed)
        if response.status == 429 or (response.status >= 500 and response.status not in _LASTING):
            raise refusal_of(response)
        return response

    @contextmanager
    def _following(self, request: Request, progress: Progress | None = None) -> Iterator[httpx.Response]:
        url = request.url
        for _ in range(_MOST_REDIRECTS + 1):
            check_url(url)
            with self._open(request, url, progress) as response:
                location = response.headers.get("location")
                if not (response.is_redirect and location):
                    yield response
                    return
                target = str(httpx.URL(url).join(location))
                if request.method == "POST" and not (
                    response.status_code in {307, 308} and origin(target) == origin(url)
                ):
                    yield response
                    return
            url = target
        raise BadAnswer(f"{request.url} redirects more than {_MOST_REDIRECTS} times.")

    @contextmanager
    def _open(self, request: Request, url: str, progress: Progress | None) -> Iterator[httpx.Response]:
        authorization = self._authorization if self._address.is_home(url) else None
        with _translated(url):
            if request.form is None:
                prepared = self._client.build_request(
                    request.method, url, headers=dict(request.headers), content=request.body or None
                )
                with _sent(self._client, prepared, authorization) as response:
                    yield response
                return
            with request.form.file.open("rb") as file:
                prepared = self._client.build_request(
                    request.method,
                    url,
                    headers=dict(request.headers),
                    data=_data(request.form),
                    files=[("content", (request.form.file.name, _counted(file, progress), _OCTETS))],
                    timeout=httpx.Timeout(self._timeout, read=_UPLOAD_ANSWERS_WITHIN),
                )
                with _sent(self._client, prepared, authorization) as response:
                    yield response


_OCTETS = "application/octet-stream"


@contextmanager
def _sent(
    client: httpx.Client, request: httpx.Request, authorization: httpx.BasicAuth | None
) -> Iterator[httpx.Response]:
    response = client.send(request, auth=authorization, stream=True, follow_redirects=False)
    try:
        yield response
    finally:
        response.close()


def _read(response: httpx.Response) -> Response:
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > _LARGEST_ANSWER:
            raise BadAnswer(f"The answer of {response.url} is larger than 256 MiB.")
        chunks.append(chunk)
    return Response(
        status=response.status_code,
        url=str(response.url),
        headers={name.lower(): value for name, value in response.headers.items()},
        body=b"".join(chunks),
        reason=response.reason_phrase,
    )


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Turn what httpx raises into errors of ours."""
    host = url.split("/")[2]
    try:
        yield
    except httpx.TimeoutException as error:
        raise ConnectionFailed(f"{host} does not answer in time.") from error
    except httpx.TransportError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise UntrustedCertificate(
                f"The TLS certificate of {host} is not trusted: {error}. If an authority of your own "
                "signed it, name its certificate file in the environment variable SSL_CERT_FILE."
            ) from error
        raise ConnectionFailed(f"Cannot reach {host}: {str(error) or type(error).__name__}.") from error
    except httpx.DecodingError as error:
        raise BadAnswer(f"The answer of {host} is compressed in a way that cannot be read.") from error
    except httpx.InvalidURL as error:
        raise InvalidAddress(f"This is no URL: {error}.") from error


def basic_credentials(address: IndexAddress, token: str | None) -> httpx.BasicAuth | None:
    """Return what proves who is asking: the token, else what stood in the index's URL."""
    if token and token.strip():
        return httpx.BasicAuth("__token__", token.strip())
    if address.password:
        return httpx.BasicAuth(address.username or "__token__", address.password)
    return None


def _data(form: Form) -> dict[str, list[str]]:
    data: dict[str, list[str]] = {}
    for name, value in form.fields:
        data.setdefault(name, []).append(value)
    return data


class _Counted:
    """A file that tells how much of it was read; httpx streams it, as it never is text or bytes."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        self._file = file
        self._progress = progress

    def fileno(self) -> int:
        return self._file.fileno()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._progress(self._file.tell())
        return chunk


def _counted(file: IO[bytes], progress: Progress | None) -> IO[bytes]:
    return cast("IO[bytes]", _Counted(file, progress)) if progress else file
