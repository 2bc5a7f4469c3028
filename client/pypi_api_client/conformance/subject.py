"""The index under examination: the one module of the kit that knows httpx."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urljoin

import httpx
import truststore
from packaging.utils import canonicalize_name

from pypi_api_client.address import check_url, is_loopback, origin, parse_address
from pypi_api_client.conformance.claims import NotChecked, NotOffered
from pypi_api_client.conformance.options import Options
from pypi_api_client.conformance.pages import (
    HTML_TYPE,
    JSON_TYPE,
    HtmlPage,
    Listed,
    listed_in_html,
    listed_in_json,
    read_html,
)
from pypi_api_client.conformance.publishing import Publication
from pypi_api_client.errors import AccessRefused, ConnectionFailed, InvalidAddress
from pypi_api_client.user_agent import client_version, user_agent

ACCEPT_HTML = f"text/html, {HTML_TYPE};q=0.9"
ACCEPT_ANY = f"{JSON_TYPE}, {HTML_TYPE};q=0.5, text/html;q=0.2"
_MOST_REDIRECTS = 5
_MOST_CANDIDATES = 20
# Of a list of all projects: enough to see how it is made.
_LARGEST_LIST_READ = 1024 * 1024

Headers = Mapping[str, str | None]


class Subject:
    """
    Sends requests exactly as the checks want them, and remembers pages.

    Credentials go to the origins that the options name alone.  Answers of every status are
    returned; redirects are followed by `read` and `follow` only.

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
        self.publication: Publication | None = None
        self._pages: dict[tuple[str, str], httpx.Response] = {}
        self._sample: str | None = None
        self._searched = False
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

    def greet(self) -> None:
        """
        See whether anybody is there who talks to us.

        Raises:
            ConnectionFailed: Nobody is.
            AccessRefused: Credentials are needed to read.
        """
        try:
            status = self.send("GET", self.list_url, {"Accept": ACCEPT_ANY}).status_code
        except (AssertionError, NotChecked) as error:
            raise ConnectionFailed(str(error)) from error
        if status in {401, 403}:
            raise AccessRefused(
                f"{self.list_url} answers {status}: give --token, or --username and --password.",
                status=status,
            )

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

    def read(self, url: str, accept: str) -> httpx.Response:
        """GET a page once, following redirects as installers do; the next time it is remembered."""
        key = (url, accept)
        if key not in self._pages:
            self._pages[key] = self.follow("GET", url, {"Accept": accept})
        return self._pages[key]

    def read_again(self, url: str, accept: str) -> httpx.Response:
        """GET a page anew, because something should have changed."""
        self._pages.pop((url, accept), None)
        return self.read(url, accept)

    def follow(self, method: str, url: str, headers: Headers | None = None) -> httpx.Response:
        """
        Send a request, and again to where it is redirected, as installers do.

        Raises:
            AssertionError: It goes round in circles, or to where nobody should go.
        """
        for _ in range(_MOST_REDIRECTS):
            response = self.send(method, url, headers)
            if not response.has_redirect_location:
                return response
            url = urljoin(url, response.headers["location"])
            try:
                check_url(url)
            except InvalidAddress as error:
                raise AssertionError(f"It redirects to where nobody should go: {error}") from error
        raise AssertionError(f"{url} redirects more than {_MOST_REDIRECTS} times.")

    # ---------------------------------------------------------------- what there is to read

    @property
    def sample(self) -> str:
        """
        Return the normalised name of a project to read.

        Raises:
            NotChecked: There is none.
        """
        if self.publication is not None:
            return self.publication.project
        if not self._searched:
            self._searched = True
            self._sample = self._find_sample()
        if self._sample is None:
            raise NotChecked("No project with files was found: name one with --project.")
        return self._sample

    @property
    def sample_url(self) -> str:
        """Return the address of the sample's page."""
        return self.project_url(self.sample)

    def _find_sample(self) -> str | None:
        if self.options.project:
            return str(canonicalize_name(self.options.project))
        found = None
        for name in self._candidates():
            files = self._files_of(name)
            if any(each.is_wheel for each in files):
                return name
            if files and found is None:
                found = name
        return found

    def _candidates(self) -> list[str]:
        names: list[str] = []
        try:
            names = [str(each["name"]) for each in self.json_list["projects"][:_MOST_CANDIDATES]]
        except (NotOffered, KeyError, TypeError, AssertionError):
            names = self._candidates_in_html()
        return [str(canonicalize_name(each)) for each in names if each]

    def _candidates_in_html(self) -> list[str]:
        try:
            return [each.text for each in self.html_list.anchors[:_MOST_CANDIDATES]]
        except AssertionError:
            return []

    def _files_of(self, name: str) -> Sequence[Listed]:
        response = self.read(self.project_url(name), ACCEPT_ANY)
        return listed(response) if response.status_code == 200 else ()

    @property
    def html_list(self) -> HtmlPage:
        """Return the list of projects, of a long one the beginning."""
        response = self.read(self.list_url, ACCEPT_HTML)
        assert response.status_code == 200, f"{self.list_url} answers {response.status_code}."
        return read_html(response.text[:_LARGEST_LIST_READ], str(response.url))

    @property
    def html_page(self) -> HtmlPage:
        """Return the sample's page."""
        response = self.read(self.sample_url, ACCEPT_HTML)
        assert response.status_code == 200, f"{self.sample_url} answers {response.status_code}."
        return read_html(response.text, str(response.url))

    @property
    def html_files(self) -> list[Listed]:
        """Return the files of the sample by its HTML page."""
        return listed_in_html(self.html_page)

    @property
    def json_list(self) -> Any:
        """Return the list of projects in JSON."""
        return _json(self.read(self.list_url, JSON_TYPE))

    @property
    def json_page(self) -> Any:
        """Return the sample's page in JSON."""
        return _json(self.read(self.sample_url, JSON_TYPE))

    @property
    def json_files(self) -> list[Listed]:
        """Return the files of the sample by its JSON page."""
        response = self.read(self.sample_url, JSON_TYPE)
        return listed_in_json(_json(response), str(response.url))

    @property
    def files(self) -> list[Listed]:
        """
        Return the files of the sample by the best page there is.

        Raises:
            NotChecked: There is none.
        """
        response = self.read(self.sample_url, ACCEPT_ANY)
        assert response.status_code == 200, f"{self.sample_url} answers {response.status_code}."
        if found := listed(response):
            return found
        raise NotChecked(f"{self.sample} has no files: name another project with --project.")


def listed(response: httpx.Response) -> list[Listed]:
    """Return the files of a page in either form."""
    if is_json(response):
        return listed_in_json(json.loads(response.content), str(response.url))
    return listed_in_html(read_html(response.text, str(response.url)))


def media_type(response: httpx.Response) -> str:
    """Return the type of an answer without parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def is_json(response: httpx.Response) -> bool:
    """Tell whether an answer says to be JSON of any kind."""
    return media_type(response) == "application/json" or media_type(response).endswith("+json")


def _json(response: httpx.Response) -> Any:
    if response.status_code != 200 or not is_json(response):
        raise NotOffered(
            f"{response.url} has no JSON: it answers {response.status_code} {media_type(response)}."
        )
    return json.loads(response.content)


def _trusted(ca_bundle: str) -> ssl.SSLContext:
    if not ca_bundle:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise InvalidAddress(f"{ca_bundle} is no file of certificates: {error.strerror or error}.") from error
