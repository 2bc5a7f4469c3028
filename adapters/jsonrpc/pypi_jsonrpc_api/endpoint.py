"""The endpoint: every method of the protocol behind one call."""

from __future__ import annotations

from functools import cached_property

import msgspec

import pypi_core
from pypi_core.domain.accounts import Actor
from pypi_core.domain.call_budgets import DEFAULT_BUDGET, CallBudget
from pypi_core.index import Index
from pypi_core.site import Site
from pypi_jsonrpc_api.answering import Answer, answers
from pypi_jsonrpc_api.answers.indexes import SOFTWARE
from pypi_jsonrpc_api.calls import Body, read_body
from pypi_jsonrpc_api.dispatch import Dispatcher
from pypi_protocol.methods import RPC_DISCOVER
from pypi_protocol.openrpc import openrpc_document
from pypi_protocol.records.parameters import NoParameters


class Calls:
    """
    What a request body asks for.

    Attributes:
        writes: Whether any of it changes something, or takes as long as that.
        is_costly: Whether it takes long or much memory: it is a batch, or calls a costly method.
        is_login: Whether it is one call that shows a password of its own: for a token, or to
            change it.  That reads nothing of an index, so that callers of a private one may make it.
        needs_actor: Whether it is one call that is refused to callers with bad credentials.
    """

    def __init__(self, dispatcher: Dispatcher, body: Body) -> None:
        self._dispatcher = dispatcher
        self._body = body
        called = dispatcher.answers_to(body)
        self.writes = any(each.method.writes for each in called)
        self.is_costly = len(body.entries) > 1 or any(each.costly for each in called)
        single = None if body.is_batch or not called else called[0].method
        self.is_login = single is not None and single.shows_password
        self.needs_actor = single is not None and (single.writes or single.needs_actor)

    def answer(self, index: Index, actor: Actor) -> bytes | None:
        """
        Carry it out and answer (docs/reference/standards/json-rpc.md#calls).

        Whatever was sent, the answer is JSON in UTF-8 and nothing is raised; ``None`` says that
        there were notifications alone and there is nothing to answer.
        """
        return self._dispatcher.answer(index, actor, self._body)


class JsonRpcEndpoint:
    """
    The protocol of an index, sans I/O; one endpoint serves any number of indexes and threads.

    Args:
        site: What the indexes share.
        budget: What the calls of a batch may take together.
    """

    def __init__(self, site: Site, *, budget: CallBudget = DEFAULT_BUDGET) -> None:
        self._dispatcher = Dispatcher([*answers(site), Answer(RPC_DISCOVER, self._discover)], budget)

    # Made when it is asked for: it takes several times as long as all the rest of a start.
    @cached_property
    def document(self) -> bytes:
        """The OpenRPC document, JSON in UTF-8, for a GET of its own."""
        described = openrpc_document(
            title="Python package index", version=pypi_core.__version__, url="rpc", software=SOFTWARE
        )
        return msgspec.json.encode(described)

    def read(self, body: bytes) -> Calls:
        """Read a request body without carrying out what it asks for; whatever it is, nothing is raised."""
        return Calls(self._dispatcher, read_body(body))

    def __call__(self, index: Index, actor: Actor, body: bytes) -> bytes | None:
        """Read a request body and answer it, see `Calls.answer`."""
        return self.read(body).answer(index, actor)

    def _discover(self, index: Index, actor: Actor, parameters: NoParameters) -> msgspec.Raw:
        return msgspec.Raw(self.document)
