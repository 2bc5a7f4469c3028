"""The endpoint: every method of the protocol behind one call."""

from __future__ import annotations

from pypi_core.domain.accounts import Actor
from pypi_core.index import Index
from pypi_core.use_cases.read_project_list import ProjectList
from pypi_xmlrpc_api import finding, journal, project_lists, releases
from pypi_xmlrpc_api.answers import fault_answer
from pypi_xmlrpc_api.dispatch import Dispatcher
from pypi_xmlrpc_api.faults import unreadable
from pypi_xmlrpc_api.methods import Caller, Method


class XmlRpcEndpoint:
    """
    The protocol of an index, sans I/O; one endpoint serves any number of indexes and threads.

    Attributes:
        methods: Everything that can be called.
    """

    def __init__(self) -> None:
        self._dispatcher = Dispatcher(
            (*project_lists.METHODS, *releases.METHODS, *finding.METHODS, *journal.METHODS)
        )
        self.methods: tuple[Method, ...] = tuple(self._dispatcher.methods.values())

    def __call__(
        self, index: Index, actor: Actor, body: bytes | None, *, base_url: str, site_url: str
    ) -> bytes | ProjectList:
        """
        Answer a request body (STANDARDS 7), ``None`` for one that was too large to be read.

        Whatever the body, the answer is XML in UTF-8; the list of all projects is to be sent
        in its pieces.  *base_url* is the absolute URL of the index, *site_url* that of the site.

        Raises:
            Unauthenticated: The index is private and nobody is logged in.
            Forbidden: *actor* may not read the index.
        """
        if body is None:
            return fault_answer(unreadable("the call is too large."))
        caller = Caller(index=index, actor=actor, base_url=base_url, site_url=site_url)
        return self._dispatcher.answer(caller, body)
