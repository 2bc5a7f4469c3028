"""What the calls of one batch or multicall may take together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from xmlrpc.client import Fault, dumps, loads

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_core.domain.accounts import ANONYMOUS, Actor
from pypi_core.domain.call_budgets import CallBudget, Spending
from pypi_core.domain.names import DisplayName
from pypi_core.errors import BudgetSpent
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_xmlrpc_api import XmlRpcEndpoint


@pytest.fixture
def memory() -> InMemorySite:
    memory = InMemorySite()
    alice = memory.actor("alice")
    for number in range(20):
        memory.index.create_project(alice, DisplayName(f"project-{number}"))
    return memory


def batch(
    memory: InMemorySite, calls: Sequence[tuple[str, dict[str, Any]]], actor: Actor = ANONYMOUS, **budget: Any
) -> list[str]:
    """Return for each call of a batch ``ok``, or what its error is called."""
    endpoint = JsonRpcEndpoint(memory.site, budget=CallBudget(**budget))
    body = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        for number, (method, params) in enumerate(calls)
    ]
    answers = json.loads(endpoint(memory.index, actor, json.dumps(body).encode()) or b"")
    assert [each["id"] for each in answers] == list(range(len(calls)))
    return [each["error"]["data"]["code"] if "error" in each else "ok" for each in answers]


def multicall(memory: InMemorySite, calls: Sequence[tuple[str, list[Any]]], **budget: Any) -> list[Any]:
    """Return for each call of a multicall its result, or the text of its fault."""
    content = [{"methodName": method, "params": params} for method, params in calls]
    answer = XmlRpcEndpoint(CallBudget(**budget))(
        memory.index, ANONYMOUS, dumps((content,), "system.multicall").encode(), base_url="", site_url=""
    )
    assert isinstance(answer, bytes)
    results: Any = loads(answer)[0][0]
    return [each["faultString"] if isinstance(each, dict) else each[0] for each in results]


def test_the_entries_asked_for_in_a_batch_are_bounded_together(memory: InMemorySite) -> None:
    one = ("changes.since", {"serial": 0, "limit": 20_000})
    assert batch(memory, [one] * 5) == ["ok", "ok", "budget-spent", "budget-spent", "budget-spent"]


def test_a_call_that_asks_for_less_than_is_left_is_answered(memory: InMemorySite) -> None:
    large, small = ({"limit": each} for each in (900, 10))
    calls = [("project.list", large), ("project.list", large), ("project.list", small)]
    assert batch(memory, calls, entries=1000) == ["ok", "budget-spent", "ok"]


def test_a_single_call_may_ask_for_more_than_a_batch(memory: InMemorySite) -> None:
    assert batch(memory, [("project.list", {"limit": 1000})], entries=10) == ["ok"]


def test_the_bytes_of_a_batch_are_bounded_together(memory: InMemorySite) -> None:
    assert batch(memory, [("project.list", {})] * 3, size=100) == ["ok", "budget-spent", "budget-spent"]


def test_few_texts_are_checked_in_a_batch(memory: InMemorySite) -> None:
    one = ("validate.metadata", {"metadata": "Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n"})
    assert batch(memory, [one] * 7, memory.actor("bob")) == ["ok"] * 5 + ["budget-spent"] * 2


def test_few_passwords_are_checked_in_a_batch(memory: InMemorySite) -> None:
    one = ("token.exchange", {"username": "alice", "password": "guessed", "description": "x"})
    assert batch(memory, [one] * 7)[5:] == ["budget-spent"] * 2


def test_small_calls_fill_a_batch_of_100(memory: InMemorySite) -> None:
    assert batch(memory, [("project.get", {"name": "project-1"})] * 100) == ["ok"] * 100


def test_the_entries_of_a_multicall_are_bounded_together(memory: InMemorySite) -> None:
    answers = multicall(memory, [("changelog_since_serial", [0])] * 3, entries=60)
    assert len(answers[0]) == len(answers[1]) == 40
    assert "send this one on its own" in answers[2]


@pytest.mark.parametrize("method", ["list_packages", "list_packages_with_serial"])
def test_the_lists_of_projects_count_in_a_multicall(memory: InMemorySite, method: str) -> None:
    first, second = multicall(memory, [(method, [])] * 2, entries=20)
    assert len(first) == 20
    assert "send this one on its own" in second


def test_the_bytes_of_a_multicall_are_bounded_together(memory: InMemorySite) -> None:
    first, second = multicall(memory, [("changelog", [0])] * 2, size=10_000)
    assert len(first) == 40
    assert "on its own" in second


def test_a_single_call_by_xml_rpc_has_no_budget(memory: InMemorySite) -> None:
    endpoint = XmlRpcEndpoint(CallBudget(entries=1, size=1))
    body = dumps((0,), "changelog_since_serial").encode()
    answer = endpoint(memory.index, ANONYMOUS, body, base_url="", site_url="")
    assert isinstance(answer, bytes)
    try:
        changes: Any = loads(answer)[0][0]
    except Fault as fault:
        pytest.fail(str(fault))
    assert len(changes) == 40


def test_no_call_of_a_batch_begins_after_its_time() -> None:
    now = [0.0]
    spending = Spending(CallBudget(seconds=10), lambda: now[0])
    spending.begin_call()
    now[0] = 9.9
    spending.begin_call()
    now[0] = 10.0
    with pytest.raises(BudgetSpent):
        spending.begin_call()
