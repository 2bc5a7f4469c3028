"""How the kit talks to an index: exactly as its checks want it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import quote, urljoin

import httpx
import truststore

from pypi_api_client.address import check_url, is_loopback, origin, parse_address
from pypi_api_client.errors import InvalidAddress
from pypi_api_client.user_agent import client_version, user_agent
from pypi_conformance.options import Options
from pypi_conformance.registry import NotChecked

_MOST_REDIRECTS = 5

Headers = Mapping[str, str | None]


class Connection:
    """
    Sends requests exactly as they are given.

    Credentials go to the origins that the options name alone.  Answers of every status are
    returned; redirects are followed by `follow` only.

    Raises:
        InvalidAddress: The URL is none, or plain http to another machine.
    """

    def __init__(self, options: Options, transport: httpx.BaseTransport | None = None) -> None:
        self.options = options
        self.root = parse_address(options.url).root
        self.list_url = urljoin(self.root, options.simple_path)
        self.upload_url = urljoin(self.root, options.upload_url)
        self.rpc_url = urljoin(self.root, options.rpc_url)
        for url in (self.list_url, self.upload_url, self.rpc_url, self.url(options.xmlrpc_url)):
            check_url(url)
        self._origins = {origin(each) for each in (self.root, self.upload_url, self.rpc_url)}
        self._client = httpx.Client(
            headers={"User-Agent": user_agent("pypi-conformance", client_version())},
            timeout=60.0,
            transport=transport,
            trust_env=not is_loopback(self.root),
            verify=_trusted(options.ca_bundle),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def url(self, path: str) -> str:
        """Return an address below the root."""
        return urljoin(self.root, path)

    def project_url(self, name: str) -> str:
        """Return the address of a project's page, with *name* as it is but for percent-encoding."""
        return f"{self.list_url}{quote(name, safe='')}/"

    def send(
        self,
        method: str,
        url: str,
        headers: Headers | None = None,
        body: bytes | None = None,
        *,
        anonymous: bool = False,
        credentials: tuple[str, str] | None = None,
    ) -> httpx.Response:
        """
        Send a request; a header that is ``None`` is not sent at all.

        Raises:
            AssertionError: There is no answer, or none by the rules of HTTP.
            NotChecked: The index asks to wait: what it would have answered is not known.
        """
        request = self._client.build_request(method, url, content=body)
        for name, value in (headers or {}).items():
            request.headers.pop(name, None)
            if value is not None:
                request.headers[name] = value
        authorization = self._authorization(url, anonymous, credentials)
        try:
            response = self._client.send(request, auth=authorization, follow_redirects=False)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise AssertionError(f"{method} {url} is not answered: {reason}.") from error
        if response.status_code == 429:
            raise NotChecked("The index asks to wait (429): try again later, or lift its limits.")
        return response

    def _authorization(
        self, url: str, anonymous: bool, credentials: tuple[str, str] | None
    ) -> httpx.BasicAuth | None:
        if anonymous or origin(url) not in self._origins:
            return None
        if credentials or self.options.password:
            return httpx.BasicAuth(*(credentials or (self.options.username, self.options.password)))
        return None

    def get(self, url: str, **headers: str | None) -> httpx.Response:
        """GET *url*; ``if_none_match="…"`` becomes the header of this name."""
        return self.send("GET", url, {name.replace("_", "-"): value for name, value in headers.items()})

    def first_event(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, str]:
        """
        Return the fields of the first server-sent event at *url*.

        Raises:
            AssertionError: There is no stream of events, or none comes.
        """
        named = {"Accept": "text/event-stream", **(headers or {})}
        authorization = self._authorization(url, anonymous=False, credentials=None)
        event: dict[str, str] = {}
        try:
            with self._client.stream("GET", url, headers=named, auth=authorization) as response:
                content_type = response.headers.get("content-type", "")
                assert response.status_code == 200, f"It is answered with {response.status_code}."
                assert content_type.partition(";")[0] == "text/event-stream", f"It is {content_type!r}."
                for line in response.iter_lines():
                    name, _, value = line.partition(":")
                    if not line and "data" in event:
                        return event
                    if name:
                        event[name] = value.removeprefix(" ")
        except httpx.HTTPError as error:
            raise AssertionError(f"The stream of events breaks off: {error}.") from error
        raise AssertionError("The stream ends without an event.")

    def follow(self, method: str, url: str, headers: Headers | None = None) -> httpx.Response:
        """
        Send a request, and again to where it is redirected, as installers do.

        Raises:
            AssertionError: It redirects too often, or to an unsafe address.
        """
        for _ in range(_MOST_REDIRECTS):
            response = self.send(method, url, headers)
            if not response.has_redirect_location:
                return response
            url = urljoin(url, response.headers["location"])
            try:
                check_url(url)
            except InvalidAddress as error:
                raise AssertionError(f"It redirects to an unsafe address: {error}") from error
        raise AssertionError(f"{url} redirects more than {_MOST_REDIRECTS} times.")


def _trusted(ca_bundle: str) -> ssl.SSLContext:
    if not ca_bundle:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise InvalidAddress(
            f"{ca_bundle} is not a file of certificates: {error.strerror or error}."
        ) from error
