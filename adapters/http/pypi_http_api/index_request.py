"""A request as the endpoints see it: addressed to an index, by somebody."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

from litestar.types import ASGIApp, HTTPScope, Receive

from pypi_core.domain.names import NormalizedName
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_http_api.addressed import addressed_of
from pypi_http_api.replies import Reply, header_of, redirect, unless_known
from pypi_http_api.routes import Route


class IndexRequest:
    """
    Reads what the layers in front found out.

    Attributes:
        scope: That of ASGI, for a request of HTTP.
        receive: Receives the body.
        actor: Who sent it.
        path: The path below the root of the index, percent-encoded as it was sent.
        root: Where the index is served, such as ``/i/test``; empty at the root.
        is_at_root: Whether the index is the one served at the root of the site.
        base_url: The absolute URL of the index, without ``/`` at its end.
        site_url: The absolute URL of the root of the site, without ``/`` at its end.
        only_head: Whether nobody wants the body.
    """

    def __init__(self, scope: HTTPScope, receive: Receive, route: Route | None = None) -> None:
        self.scope = scope
        self.receive = receive
        self._route = route
        self._addressed = addressed = addressed_of(scope)
        self.actor = addressed.actor
        self.path = addressed.path
        self.root = addressed.root
        self.is_at_root = addressed.root == addressed.site_root
        self.base_url = addressed.base_url
        self.site_url = addressed.site_url
        self.only_head = addressed.only_head

    @property
    def index(self) -> Index:
        """The index that the request is addressed to."""
        if self._addressed.index is None:
            raise AssertionError(f"{self.path} belongs to no index")
        return self._addressed.index

    @property
    def site(self) -> Site:
        """The site, with all its indexes."""
        if self._addressed.site is None:
            raise AssertionError(f"{self.path} belongs to no index")
        return self._addressed.site

    @property
    def captured(self) -> Mapping[str, str]:
        """
        What stands in the places of the endpoint's route, decoded once, by their names.

        Raises:
            NotFound: The request is for another address.
        """
        if self._route is None:
            return {}
        return self._route.captured(unquote(self.path))

    @property
    def query(self) -> str:
        """The query as it was sent, with ``?`` in front, or empty."""
        query = self.scope["query_string"].decode("latin-1")
        return f"?{query}" if query else ""

    def query_value(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return next((value for known, value in pairs if known == name), None)

    @property
    def caller(self) -> str:
        """Who is to have a turn of their own among many: an account, or else a network address."""
        if self.actor.account_id is not None:
            return f"account {self.actor.account_id}"
        client = self._addressed.client
        return f"address {client() if client else ''}"

    @property
    def media_type(self) -> str:
        """The content type of the body without parameters, lower-case; empty without one."""
        return (self.header(b"content-type") or "").partition(";")[0].strip().lower()

    def header(self, name: bytes) -> str | None:
        """Return a header, several of one name joined by commas."""
        return header_of(self.scope, name)

    def moved(self, path: str, status: int = 301) -> Reply:
        """Send the client to another *path* of the index, with the query as it was sent."""
        return redirect(f"{self.root}{path}{self.query}", status=status, cross_origin=self.actor.is_anonymous)

    def remember_reply(self, reply: ASGIApp, *, private: bool, project: NormalizedName | None = None) -> None:
        """
        Offer an answer to be given again, if it is a whole one and the same for everybody.

        One that depends on nothing but the settings of the index and what the journal says about *project*
        is given until these change; any other until something is committed.
        """
        remember = self._addressed.remember_reply
        # What was made for HEAD need not have a body, and GET is answered from the same place.
        if remember is None or private or self.only_head:
            return
        if isinstance(reply, Reply) and reply.status == HTTPStatus.OK:
            remember(reply, project)

    def answer_with(self, reply: Reply, *, private: bool, project: NormalizedName | None = None) -> Reply:
        """Return *reply*, or a 304 to a client that has it, and offer it (`remember_reply`)."""
        self.remember_reply(reply, private=private, project=project)
        return unless_known(reply, self.header(b"if-none-match"))
