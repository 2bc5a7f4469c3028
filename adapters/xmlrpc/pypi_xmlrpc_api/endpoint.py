"""The endpoint: every method of the protocol behind one call."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.domain.call_budgets import DEFAULT_BUDGET, CallBudget
from pypi_core.index import Index
from pypi_core.use_cases.reading.project_list import ProjectList
from pypi_xmlrpc_api import finding, journal, project_lists, releases
from pypi_xmlrpc_api.answers import fault_answer
from pypi_xmlrpc_api.calls import MethodCall, parse_call
from pypi_xmlrpc_api.dispatch import Dispatcher
from pypi_xmlrpc_api.faults import Fault, unreadable
from pypi_xmlrpc_api.methods import Caller, Method


class XmlRpcCall:
    """
    What a request body asks for.

    Attributes:
        is_costly: Whether it takes long or much memory.
    """

    def __init__(self, dispatcher: Dispatcher, call: MethodCall | Fault) -> None:
        self._dispatcher = dispatcher
        self._call = call
        self.is_costly = isinstance(call, MethodCall) and dispatcher.is_costly(call)

    def answer(self, index: Index, actor: Actor, *, base_url: str, site_url: str) -> bytes | ProjectList:
        """Carry it out and answer, see `XmlRpcEndpoint.__call__`."""
        if isinstance(self._call, Fault):
            return fault_answer(self._call)
        caller = Caller(index=index, actor=actor, base_url=base_url, site_url=site_url)
        return self._dispatcher.answer(caller, self._call)


class XmlRpcEndpoint:
    """
    The protocol of an index, sans I/O; one endpoint serves any number of indexes and threads.

    Args:
        budget: What the calls of a multicall may take together.

    Attributes:
        methods: Everything that can be called.
    """

    def __init__(self, budget: CallBudget = DEFAULT_BUDGET) -> None:
        self._dispatcher = Dispatcher(
            (*project_lists.METHODS, *releases.METHODS, *finding.METHODS, *journal.METHODS), budget
        )
        self.methods: tuple[Method, ...] = tuple(self._dispatcher.methods.values())

    def read(self, body: bytes | None) -> XmlRpcCall:
        """Read a request body, ``None`` for one that was too large; whatever it is, nothing is raised."""
        try:
            if body is None:
                raise unreadable("the call is too large.")
            return XmlRpcCall(self._dispatcher, parse_call(body))
        except Fault as fault:
            return XmlRpcCall(self._dispatcher, fault)

    def __call__(
        self, index: Index, actor: Actor, body: bytes | None, *, base_url: str, site_url: str
    ) -> bytes | ProjectList:
        """
        Answer a request body, ``None`` for one that was too large to be read.

        See docs/reference/standards/xml-rpc.md#calls.

        Whatever the body, the answer is XML in UTF-8; the list of all projects is to be sent
        in its pieces.  *base_url* is the absolute URL of the index, *site_url* that of the site.

        Raises:
            Unauthenticated: The index is private and the caller is anonymous.
            Forbidden: *actor* may not read the index.
        """
        return self.read(body).answer(index, actor, base_url=base_url, site_url=site_url)
