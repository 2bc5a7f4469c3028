"""The second server conforms, and each single fault of it is found by the claims that speak of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import httpx
import pytest

from pypi_conformance.catalogue import claims_of, modules_of
from pypi_conformance.claims import change_feed, search
from pypi_conformance.options import Options
from pypi_conformance.outcomes import Outcome, judge
from pypi_conformance.registry import Level
from pypi_conformance.subject import Subject
from pypi_conformance.trials import new_project
from second_server import Index, serve
from second_server.faults import FAULTS

# Standards have small indexes of their own, to which one defect at a time is done.
ELSEWHERE = {
    Level.SIMPLE_HTML, Level.SIMPLE_JSON, Level.FILES, Level.LEGACY_UPLOAD, Level.LEGACY_JSON, Level.XML_RPC,
}  # fmt: skip
# What only a server that works altogether otherwise would break.
ALWAYS = {"protocol/openrpc", "protocol/openrpc-methods", "protocol/reading-methods", "change-feed/no-wait"}
NOT_OFFERED = {"simple-html/signature-form", "simple-json/provenance"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing: what this server has published is found at once, or never."""
    monkeypatch.setattr(search, "_LOOKS", 1)
    monkeypatch.setattr(search, "_REST", 0)
    monkeypatch.setattr(change_feed, "_PAUSE", 0.05)


@contextmanager
def subject_of(index: Index) -> Iterator[Subject]:
    """Return an index as the kit sees it, with three accounts and a few projects."""
    options = Options(
        url="http://127.0.0.1/",
        username="__token__",
        password=index.account("alice"),
        other_token=index.account("bob"),
        admin_token=index.account("root", is_administrator=True),
    )
    with Subject(options, httpx.MockTransport(serve(index))) as subject:
        new_project(subject)
        new_project(subject)
        yield subject


def examined(levels: Collection[Level], index: Index) -> dict[str, Outcome]:
    """Return what comes of each claim of *levels*, after something was published."""
    outcomes = {}
    with subject_of(index) as subject:
        for module in modules_of({*levels, Level.LEGACY_UPLOAD}):
            assert module.is_offered(subject)
            for claim, check in module.claim.checks.items():
                try:
                    check(subject)
                except Exception as error:
                    outcomes[claim.identifier] = judge(claim, error).outcome
                else:
                    outcomes[claim.identifier] = Outcome.HOLDS
    return outcomes


def failed(outcomes: dict[str, Outcome]) -> set[str]:
    return {name for name, each in outcomes.items() if each is Outcome.FAILS}


def level_of(claim: str) -> Level:
    return Level(claim.partition("/")[0])


def test_the_second_server_conforms() -> None:
    outcomes = examined([*Level], Index())

    assert {name for name, each in outcomes.items() if each is not Outcome.HOLDS} == NOT_OFFERED


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_the_claims_that_speak_of_it(fault: str) -> None:
    expected = FAULTS[fault]

    assert failed(examined({level_of(each) for each in expected}, Index([fault]))) == expected


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_no_claim_that_speaks_of_something_else(fault: str) -> None:
    assert failed(examined([*Level], Index([fault]))) == FAULTS[fault]


@pytest.mark.parametrize("level", [each for each in Level if each not in ELSEWHERE])
def test_every_claim_is_broken_by_a_fault(level: Level) -> None:
    broken = set[str]().union(*FAULTS.values())

    assert {each.identifier for each in claims_of(level)} - broken <= ALWAYS


def test_the_table_names_exactly_the_faults_that_can_be_planted() -> None:
    asked: set[str] = set()

    class Asking(Index):
        def fault(self, name: str) -> bool:
            asked.add(name)
            return False

    examined([*Level], Asking())

    # Each action of the journal can be left out, and each kind of scope; the table has a few of them.
    of_many = {
        each for each in asked if re.match(r"journal: no |scope: |sessions: \w+ ones take bytes", each)
    }
    assert asked - of_many == {*FAULTS} - of_many
    assert {*FAULTS} <= asked
