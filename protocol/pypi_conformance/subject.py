"""The index under examination."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx
from packaging.utils import canonicalize_name

from pypi_api_client.errors import AccessRefused, ConnectionFailed
from pypi_conformance.connection import Connection
from pypi_conformance.options import Options
from pypi_conformance.pages import (
    HTML_TYPE,
    JSON_TYPE,
    HtmlPage,
    Listed,
    listed_in_html,
    listed_in_json,
    read_html,
)
from pypi_conformance.publishing import Publication
from pypi_conformance.registry import NotChecked, NotOffered

ACCEPT_HTML = f"text/html, {HTML_TYPE};q=0.9"
ACCEPT_ANY = f"{JSON_TYPE}, {HTML_TYPE};q=0.5, text/html;q=0.2"
_MOST_CANDIDATES = 20
# Of a list of all projects: enough to see how it is made.
_LARGEST_LIST_READ = 1024 * 1024


class Subject(Connection):
    """
    The index, with a project of it to look at and the pages that were read.

    Raises:
        InvalidAddress: The URL is none, or plain http to another machine.
    """

    def __init__(self, options: Options, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(options, transport)
        self.publication: Publication | None = None
        # What JSON-RPC answered, call by call, and the document in which it describes itself.
        self.answers: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.document: dict[str, Any] | None = None
        self._pages: dict[tuple[str, str], httpx.Response] = {}
        self._sample: str | None = None
        self._searched = False

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
    def json_list_again(self) -> Any:
        """Return the list of projects in JSON, asked for anew."""
        return _json(self.read_again(self.list_url, JSON_TYPE))

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
    """Return whether an answer says to be JSON of any kind."""
    return media_type(response) == "application/json" or media_type(response).endswith("+json")


def _json(response: httpx.Response) -> Any:
    if response.status_code != 200 or not is_json(response):
        raise NotOffered(
            f"{response.url} has no JSON: it answers {response.status_code} {media_type(response)}."
        )
    return json.loads(response.content)
