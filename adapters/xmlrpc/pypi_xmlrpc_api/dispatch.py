"""From a body to its answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from pypi_core.domain.call_budgets import DEFAULT_BUDGET, CallBudget, Spending
from pypi_core.errors import BudgetSpent, Forbidden, PackageIndexError, Unauthenticated
from pypi_core.use_cases.reading.project_list import ProjectList
from pypi_xmlrpc_api.answers import Marshalled, answer, fault_answer, fault_value, marshalled
from pypi_xmlrpc_api.calls import MethodCall
from pypi_xmlrpc_api.faults import (
    APPLICATION_ERROR,
    Fault,
    internal_error,
    of_core,
    unknown_method,
    wrong_argument,
)
from pypi_xmlrpc_api.methods import Caller, Method
from pypi_xmlrpc_api.project_lists import inner

_logger = logging.getLogger(__name__)

_MULTICALL = "system.multicall"
_MOST_CALLS = 100


class _InnerCall(msgspec.Struct, frozen=True, kw_only=True):
    """One of several calls."""

    name: str = msgspec.field(name="methodName")
    arguments: list[Any] = msgspec.field(name="params", default_factory=list)


class Dispatcher:
    """
    Answers calls by calling methods; safe to be used from several threads.

    The calls of one multicall share *budget*; *monotonic* counts seconds.  A method that fails in
    a way it does not declare is logged here and answered with a fault that tells nothing of it.
    """

    def __init__(
        self,
        methods: Iterable[Method],
        budget: CallBudget = DEFAULT_BUDGET,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._monotonic = monotonic
        own = (
            Method.of(self._list_methods, "system.listMethods"),
            Method.of(self._method_help, "system.methodHelp"),
            Method.of(self._method_signature, "system.methodSignature"),
            Method.of(self._multicall, _MULTICALL, costly=True),
        )
        self.methods = {each.name: each for each in (*methods, *own)}

    def is_costly(self, call: MethodCall) -> bool:
        """Return whether *call* takes long or much memory."""
        return call.name in self.methods and self.methods[call.name].costly

    def answer(self, caller: Caller, call: MethodCall) -> bytes | ProjectList:
        """
        Return the answer to *call*.

        Raises:
            Unauthenticated: The index is private and the caller is anonymous.
            Forbidden: The caller may not read the index.
        """
        try:
            result = self._carry_out(caller, call.name, call.arguments)
        except Fault as fault:
            return fault_answer(fault)
        return result if isinstance(result, ProjectList) else answer(result)

    def _carry_out(self, caller: Caller, name: str, arguments: Sequence[Any]) -> Marshalled | ProjectList:
        if name not in self.methods:
            raise unknown_method(name)
        try:
            result = self.methods[name](caller, arguments)
            # Written here, because what makes an iterator's items may fail as the method itself.
            return result if isinstance(result, ProjectList) else marshalled(result)
        except (Fault, Unauthenticated, Forbidden):
            raise
        except PackageIndexError as error:
            raise of_core(error) from error
        except Exception as error:
            _logger.exception("the XML-RPC method %s failed", name)
            raise internal_error(caller.actor.origin.request_id) from error

    def _list_methods(self, caller: Caller) -> Sequence[str]:
        """Return the names of all methods."""
        return sorted(self.methods)

    def _method_help(self, caller: Caller, name: str) -> str:
        """Return what a method does."""
        if name not in self.methods:
            raise unknown_method(name)
        return self.methods[name].help

    def _method_signature(self, caller: Caller, name: str) -> str:
        """Return that there are no signatures."""
        return "signatures not supported"

    def _multicall(self, caller: Caller, calls: list[dict[str, Any]]) -> Marshalled:
        """
        Carry out up to 100 calls, each a struct of methodName and params.

        Returns for each its result in an array of one, or a struct of faultCode and
        faultString. A multicall cannot be one of the calls.
        """
        if len(calls) > _MOST_CALLS:
            raise wrong_argument(
                "calls", f"{len(calls)} were sent, at most {_MOST_CALLS} are answered at once"
            )
        pieces = [b"<array><data>"]
        spending = Spending(self._budget, self._monotonic)
        for call in calls:
            piece = self._inner(caller, call, spending)
            pieces.append(b"<value>%s</value>\n" % piece)
        return Marshalled(b"".join([*pieces, b"</data></array>"]))

    def _inner(self, caller: Caller, content: dict[str, Any], spending: Spending) -> bytes:
        try:
            result = self._inner_result(caller, content, spending)
        except Fault as fault:
            return marshalled(fault_value(fault)).xml
        return b"<array><data><value>%s</value></data></array>" % result

    def _inner_result(self, caller: Caller, content: dict[str, Any], spending: Spending) -> bytes:
        try:
            call = msgspec.convert(content, _InnerCall)
        except msgspec.ValidationError as error:
            raise wrong_argument("calls", str(error)) from error
        if call.name == _MULTICALL:
            raise wrong_argument("calls", "a multicall cannot be one of the calls")
        try:
            spending.begin_call()
        except BudgetSpent as error:
            raise of_core(error) from error
        result = self._carry_out(caller, call.name, call.arguments)
        size = result.length(gzip=False) if isinstance(result, ProjectList) else len(result.xml)
        if size > spending.size_left:
            raise Fault(
                APPLICATION_ERROR, "ValueError: The answers are too large together: call this on its own."
            )
        if isinstance(result, ProjectList):
            xml = inner(result)
            result = Marshalled(xml, xml.count(b"<value>"))
        spending.spend(entries=result.entries, size=size)
        return result.xml
