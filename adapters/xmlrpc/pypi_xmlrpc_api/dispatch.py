"""From a body to its answer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from pypi_core.errors import Forbidden, PackageIndexError, Unauthenticated
from pypi_core.use_cases.read_project_list import ProjectList
from pypi_xmlrpc_api.answers import Marshalled, answer, fault_answer, fault_value, marshalled
from pypi_xmlrpc_api.calls import parse_call
from pypi_xmlrpc_api.faults import (
    APPLICATION_ERROR,
    Fault,
    of_core,
    unforeseen,
    unknown_method,
    wrong_argument,
)
from pypi_xmlrpc_api.methods import Caller, Method
from pypi_xmlrpc_api.project_lists import inner

_logger = logging.getLogger(__name__)

_MULTICALL = "system.multicall"
_MOST_CALLS = 100
_LARGEST_ANSWER = 32 * 1024 * 1024


class _InnerCall(msgspec.Struct, frozen=True, kw_only=True):
    """One of several calls."""

    name: str = msgspec.field(name="methodName")
    arguments: list[Any] = msgspec.field(name="params", default_factory=list)


class Dispatcher:
    """
    Answers bodies by calling methods; safe to be used from several threads.

    A method that fails in a way it does not declare is logged here and answered with a fault
    that tells nothing of it.
    """

    def __init__(self, methods: Iterable[Method]) -> None:
        own = (
            Method.of(self._list_methods, "system.listMethods"),
            Method.of(self._method_help, "system.methodHelp"),
            Method.of(self._method_signature, "system.methodSignature"),
            Method.of(self._multicall, _MULTICALL),
        )
        self.methods = {each.name: each for each in (*methods, *own)}

    def answer(self, caller: Caller, body: bytes) -> bytes | ProjectList:
        """
        Return the answer to *body*.

        Raises:
            Unauthenticated: The index is private and nobody is logged in.
            Forbidden: The caller may not read the index.
        """
        try:
            call = parse_call(body)
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
            return result if isinstance(result, ProjectList) else Marshalled(marshalled(result))
        except (Fault, Unauthenticated, Forbidden):
            raise
        except PackageIndexError as error:
            raise of_core(error) from error
        except Exception as error:
            _logger.exception("the XML-RPC method %s failed", name)
            raise unforeseen() from error

    def _list_methods(self, caller: Caller) -> Sequence[str]:
        """Return the names of all methods."""
        return sorted(self.methods)

    def _method_help(self, caller: Caller, name: str) -> str:
        """Return what a method does."""
        if name not in self.methods:
            raise unknown_method(name)
        return self.methods[name].help

    def _method_signature(self, caller: Caller, name: str) -> str:
        """Return that there are no signatures to be had."""
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
        size = 0
        for call in calls:
            piece = self._inner(caller, call, _LARGEST_ANSWER - size)
            size += len(piece)
            pieces.append(b"<value>%s</value>\n" % piece)
        return Marshalled(b"".join([*pieces, b"</data></array>"]))

    def _inner(self, caller: Caller, content: dict[str, Any], largest: int) -> bytes:
        try:
            result = self._inner_result(caller, content, largest)
        except Fault as fault:
            return marshalled(fault_value(fault))
        return b"<array><data><value>%s</value></data></array>" % result

    def _inner_result(self, caller: Caller, content: dict[str, Any], largest: int) -> bytes:
        try:
            call = msgspec.convert(content, _InnerCall)
        except msgspec.ValidationError as error:
            raise wrong_argument("calls", str(error)) from error
        if call.name == _MULTICALL:
            raise wrong_argument("calls", "a multicall cannot be one of the calls")
        result = self._carry_out(caller, call.name, call.arguments)
        size = result.length(gzip=False) if isinstance(result, ProjectList) else len(result.xml)
        if size > largest:
            raise Fault(
                APPLICATION_ERROR, "ValueError: The answers are too large together: call this on its own."
            )
        return inner(result) if isinstance(result, ProjectList) else result.xml
