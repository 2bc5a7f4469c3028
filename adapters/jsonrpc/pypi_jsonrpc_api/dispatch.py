"""From calls to their answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

import msgspec

from pypi_core.domain.accounts import Actor
from pypi_core.domain.call_budgets import DEFAULT_BUDGET, CallBudget, Spending
from pypi_core.errors import PackageIndexError
from pypi_core.index import Index
from pypi_jsonrpc_api.answering import AnyAnswer
from pypi_jsonrpc_api.arguments import Arguments
from pypi_jsonrpc_api.calls import Body, Call, CallId
from pypi_jsonrpc_api.refusals import Refusal, Refused, core_refusal, internal_refusal, standard_refusal
from pypi_protocol.errors import METHOD_NOT_FOUND

_logger = logging.getLogger(__name__)


class _Success(msgspec.Struct, frozen=True):
    """A response object with a result, which may be null and is always there."""

    result: msgspec.Raw
    id: CallId
    jsonrpc: str = "2.0"


class _Failure(msgspec.Struct, frozen=True):
    """A response object with an error."""

    error: Refusal
    id: CallId
    jsonrpc: str = "2.0"


class Dispatcher:
    """
    Carries calls out by calling functions; safe to be used from several threads.

    The calls of one body share *budget*; *monotonic* counts seconds.  A method that fails in a
    way it does not declare is logged here and answered with "Internal error" alone.
    """

    def __init__(
        self,
        answers: Iterable[AnyAnswer],
        budget: CallBudget = DEFAULT_BUDGET,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._answers = {each.method.name: (each, Arguments(each.method)) for each in answers}
        self._budget = budget
        self._monotonic = monotonic

    def answers_to(self, body: Body) -> list[AnyAnswer]:
        """Return what answers the calls, in their order, without methods that do not exist."""
        called = (each.method for each in body.entries if isinstance(each, Call))
        return [self._answers[name][0] for name in called if name in self._answers]

    def answer(self, index: Index, actor: Actor, body: Body) -> bytes | None:
        """Return the answer to *body*; ``None`` where there were notifications alone."""
        spending = Spending(self._budget, self._monotonic)
        responses = [
            response
            for each in body.entries
            if (response := self._respond(index, actor, each, spending)) is not None
        ]
        if not responses:
            return None
        return msgspec.json.encode(responses if body.is_batch else responses[0])

    def _respond(
        self, index: Index, actor: Actor, entry: Call | Refusal, spending: Spending
    ) -> _Success | _Failure | None:
        if isinstance(entry, Refusal):
            return _Failure(entry, None)
        outcome = self._carry_out(index, actor, entry, spending)
        if entry.id is msgspec.UNSET:
            return None
        return _Failure(outcome, entry.id) if isinstance(outcome, Refusal) else _Success(outcome, entry.id)

    def _carry_out(self, index: Index, actor: Actor, call: Call, spending: Spending) -> msgspec.Raw | Refusal:
        if call.method not in self._answers:
            return standard_refusal(METHOD_NOT_FOUND)
        answer, arguments = self._answers[call.method]
        method = answer.method
        if actor.refused and (method.writes or method.needs_actor):
            return core_refusal(actor.refused, actor.origin.request_id)
        try:
            parameters = arguments.read(call.params)
            spending.begin_call(max(1, getattr(parameters, "limit", answer.entries)))
            result = msgspec.json.encode(answer.function(index, actor, parameters))
            spending.spend(size=len(result))
            return msgspec.Raw(result)
        except Refused as error:
            return error.refusal
        except PackageIndexError as error:
            return core_refusal(error, actor.origin.request_id)
        except Exception:
            _logger.exception(
                "the JSON-RPC method %s failed%s", method.name, " as a notification" * call.is_notification
            )
            return internal_refusal(actor.origin.request_id)
