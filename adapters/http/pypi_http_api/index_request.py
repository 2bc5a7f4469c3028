"""A request as the endpoints see it: addressed to an index, by somebody."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from litestar.types import HTTPScope, Receive

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_http_api.addressed import addressed_of
from pypi_http_api.replies import Reply, header_of
from pypi_http_api.routes import Route


class IndexRequest:
    """
    Reads what the layers in front put into the scope.

    Attributes:
        scope: That of ASGI, for a request of HTTP.
        receive: Receives the body.
    """

    def __init__(self, scope: HTTPScope, receive: Receive, route: Route | None = None) -> None:
        self.scope = scope
        self.receive = receive
        self._route = route
        self._addressed = addressed_of(scope)

    @property
    def index(self) -> Index:
        """The index that the request is addressed to."""
        if self._addressed.index is None:
            raise AssertionError(f"{self.path} belongs to no index")
        return self._addressed.index

    @property
    def actor(self) -> Actor:
        """Who sent it."""
        return self._addressed.actor

    @property
    def root(self) -> str:
        """Where the index is served, such as ``/i/test``; empty at the root."""
        return self._addressed.root

    @property
    def is_at_root(self) -> bool:
        """Whether the index is the one served at the root of the site."""
        return self._addressed.root == self._addressed.site_root

    @property
    def only_head(self) -> bool:
        """Whether nobody wants the body."""
        return self._addressed.only_head

    @property
    def base_url(self) -> str:
        """The absolute URL of the index, without ``/`` at its end."""
        return self._addressed.base_url

    @property
    def site_url(self) -> str:
        """The absolute URL of the root of the site, without ``/`` at its end."""
        return self._addressed.site_url

    @property
    def path(self) -> str:
        """The path below the root of the index, percent-encoded as it was sent."""
        return self._addressed.path

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

    def header(self, name: bytes) -> str | None:
        """Return a header, several of one name joined by commas."""
        return header_of(self.scope, name)

    def remember_reply(self, reply: Reply) -> None:
        """Offer an answer that is the same for everybody to be given again."""
        remember = self._addressed.remember_reply
        # What was made for HEAD need not have a body, and GET is answered from the same place.
        if remember is not None and not self.only_head:
            remember(reply)
