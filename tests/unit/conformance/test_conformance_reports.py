"""The kit as a whole: what runs, what is printed, and what it exits with."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from pypi_api_client.errors import AccessRefused, ConnectionFailed, InvalidAddress
from pypi_conformance.__main__ import main
from pypi_conformance.catalogue import all_claims, modules_of
from pypi_conformance.options import read_options
from pypi_conformance.outcomes import LevelStanding, Outcome, Report, judge, report
from pypi_conformance.plugin import run
from pypi_conformance.registry import Claim, Keyword, Level, NotChecked, NotOffered
from pypi_conformance.subject import Subject
from pypi_conformance.table import as_table

if TYPE_CHECKING:
    from conftest import Kit  # type: ignore[attr-defined]

OFFERED, NOT_OFFERED = LevelStanding(is_offered=True), LevelStanding(is_offered=False)


def a_claim(keyword: Keyword = Keyword.MUST, *, level: Level = Level.FILES) -> Claim:
    return Claim(level=level, name="spin", keyword=keyword, source="PEP 0", sentence="Files spin")


def a_report(error: BaseException | None, keyword: Keyword = Keyword.MUST) -> Report:
    return report("https://index.example/", {Level.FILES: OFFERED}, (), [judge(a_claim(keyword), error)])


# -------------------------------------------------------------------- what came of a check


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, Outcome.HOLDS),
        (AssertionError("No."), Outcome.FAILS),
        (KeyError("name"), Outcome.FAILS),
        (NotOffered("None."), Outcome.NOT_OFFERED),
        (NotChecked("Nothing to read."), Outcome.NOT_CHECKED),
    ],
    ids=["returned", "assertion", "stumbled", "not-offered", "not-checked"],
)
def test_the_exception_of_a_check_decides_its_outcome(error: BaseException | None, outcome: Outcome) -> None:
    assert judge(a_claim(), error).outcome is outcome


def test_a_may_claim_never_fails() -> None:
    assert judge(a_claim(Keyword.MAY), AssertionError("It does not.")).outcome is Outcome.NOT_OFFERED


def test_reasons_are_one_line_without_commands_for_the_terminal() -> None:
    result = judge(a_claim(), AssertionError("It says \x1b[31mred\x1b[0m.\nassert 1 == 2"))

    assert result.reason == "It says �[31mred�[0m."
    assert len(judge(a_claim(), AssertionError("x" * 5000)).reason) == 300


@pytest.mark.parametrize(
    ("error", "keyword", "code"),
    [
        (AssertionError("No."), Keyword.MUST, 1),
        (AssertionError("No."), Keyword.SHOULD, 0),
        (NotChecked("Nothing to read."), Keyword.MUST, 0),
        (None, Keyword.MUST, 0),
    ],
    ids=["must", "should", "unchecked", "holds"],
)
def test_only_a_broken_must_is_a_failure(error: BaseException | None, keyword: Keyword, code: int) -> None:
    assert a_report(error, keyword).exit_code == code


def test_a_required_level_that_is_not_offered_is_a_failure() -> None:
    found = report("https://index.example/", {Level.JSON_RPC: NOT_OFFERED}, [Level.JSON_RPC], [])

    assert found.exit_code == 1
    assert "json-rpc: REQUIRED, but not offered" in as_table(found)
    assert "1 required levels missing" in as_table(found)


def test_the_table_says_what_failed_and_why() -> None:
    table = as_table(a_report(AssertionError("They lie still.")))

    assert "files/spin" in table
    assert "They lie still." in table
    assert "does not conform: 1 claims failed" in table


def test_the_table_says_how_much_was_not_checked() -> None:
    assert "1 claims not checked" in as_table(a_report(NotChecked("Nothing to read.")))


def test_the_report_for_programs_has_every_claim() -> None:
    found = json.loads(a_report(AssertionError("They lie still.")).as_json())

    assert found["conforms"] is False
    assert found["levels"] == {"files": {"offered": True, "reason": ""}}
    assert found["claims"] == [
        {
            "claim": "files/spin",
            "keyword": "MUST",
            "source": "PEP 0",
            "sentence": "Files spin",
            "outcome": "fails",
            "reason": "They lie still.",
        }
    ]


# -------------------------------------------------------------------- claims


def test_claims_have_names_of_their_own() -> None:
    names = [each.identifier for each in all_claims()]

    assert len(names) == len({*names})


@pytest.mark.parametrize("level", Level)
def test_every_check_that_pytest_finds_has_a_claim(level: Level) -> None:
    (module,) = modules_of([level])

    found = {name for name in vars(module) if name.startswith("test_")}

    assert found == {check.__name__ for check in module.claim.checks.values()}


# -------------------------------------------------------------------- runs


def test_pytest_runs_every_claim_of_the_levels_chosen(
    kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a user set for tests of his own has no say here.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")

    with kit.subject_of(kit.small_index(), project="small_sample") as index:
        found = run(index)

    chosen = [each.identifier for each in all_claims() if each.level in index.options.levels]
    assert [each.claim.identifier for each in found.results] == chosen
    assert found.failures == found.warnings == []
    assert found.exit_code == 0


def test_a_project_to_read_is_found_in_the_list(kit: type[Kit]) -> None:
    with kit.subject_of(kit.small_index()) as index:
        assert index.sample == "small-sample"


def nothing(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(404)


def test_an_empty_server_offers_no_level(kit: type[Kit]) -> None:
    with kit.subject_of(nothing) as index:
        found = run(index)

    assert found.is_empty
    assert {each.outcome for each in found.results} == {Outcome.NOT_OFFERED, Outcome.NOT_CHECKED}


def parrot(_request: httpx.Request) -> httpx.Response:
    """Answer every call with the same, as if there were nothing to understand."""
    return httpx.Response(200, json={"jsonrpc": "2.0", "result": {}, "id": 1})


def test_a_server_that_says_always_the_same_does_not_speak_json_rpc() -> None:
    options = read_options(["http://127.0.0.1/", "--level", "json-rpc"], {})
    with Subject(options, httpx.MockTransport(parrot)) as index:
        found = run(index)

    failed = {each.claim.name for each in found.failures}
    assert {
        "id", "no-method", "parse-error", "invalid-request", "invalid-params", "params-null", "version",
        "notification", "batch", "batch-empty", "batch-invalid", "batch-notifications", "ambiguous",
    } <= failed  # fmt: skip
    assert found.exit_code == 1


def test_a_connection_that_breaks_is_a_failure_not_a_crash(kit: type[Kit]) -> None:
    index_that_works: Callable[[httpx.Request], httpx.Response] = kit.small_index()

    def breaking(request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return index_that_works(request)

    with kit.subject_of(breaking) as index:
        found = run(index)

    assert {each.claim.name for each in found.failures} == {"head"}
    assert "Server disconnected" in found.failures[0].reason


def test_credentials_go_to_the_hosts_that_the_user_named(kit: type[Kit]) -> None:
    seen: dict[str, str | None] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        seen[request.url.host] = request.headers.get("authorization")
        return httpx.Response(200)

    uploads = "https://uploads.example/legacy/"
    with kit.subject_of(answer, username="__token__", password="secret", upload_url=uploads) as index:
        index.get(f"{kit.root}packages/a")
        index.get(index.upload_url)
        index.get("https://files.example/packages/a")

    assert seen["127.0.0.1"] is not None
    assert seen["uploads.example"] is not None
    assert seen["files.example"] is None


def test_an_index_that_needs_credentials_says_so(kit: type[Kit]) -> None:
    with (
        kit.subject_of(lambda _request: httpx.Response(401)) as index,
        pytest.raises(AccessRefused, match="give --token"),
    ):
        index.greet()


def test_an_unreachable_index_is_not_a_failed_claim(kit: type[Kit]) -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    with kit.subject_of(refuse) as index, pytest.raises(ConnectionFailed, match="Connection refused"):
        index.greet()


# -------------------------------------------------------------------- command line


def test_credentials_come_from_the_environment_too() -> None:
    by_token = read_options(["https://index.example/"], {"PYPI_CONFORMANCE_TOKEN": " pidx_1 "})
    environment = {"PYPI_CONFORMANCE_USERNAME": "alice", "PYPI_CONFORMANCE_PASSWORD": "secret"}
    by_password = read_options(["https://index.example/"], environment)

    assert (by_token.username, by_token.password) == ("__token__", "pidx_1")
    assert (by_password.username, by_password.password) == ("alice", "secret")
    assert by_token.writes


def test_nothing_is_written_without_credentials_or_without_the_level() -> None:
    assert not read_options(["https://index.example/"], {}).writes
    assert not read_options(["https://index.example/", "--token", "x", "--level", "files"], {}).writes


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["https://index.example/", "--level", "unheard-of"],
        ["https://index.example/", "--username", "alice"],
        ["https://index.example/", "--token", "x", "--username", "alice", "--password", "y"],
        ["https://index.example/", "--level", "files", "--require", "json-rpc"],
    ],
    ids=["no-url", "no-level", "half-credentials", "both-credentials", "not-among-levels"],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(arguments, {})

    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    ["index.example", "ftp://index.example/", "http://index.example/"],
    ids=["no-scheme", "ftp", "plain"],
)
def test_an_address_that_cannot_be_used_exits_with_2(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([url]) == 2
    assert "https://" in capsys.readouterr().err


def test_certificates_that_are_not_there_are_named(tmp_path: object) -> None:
    options = read_options(["https://index.example/", "--ca-bundle", f"{tmp_path}/no.pem"], {})

    with pytest.raises(InvalidAddress, match=r"no\.pem"):
        Subject(options)


def test_without_pytest_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # What `find_spec` finds where a package is not installed.
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pytest" else sys)

    assert main(["https://index.example/"]) == 2
    assert "pip install 'pypi-core[conformance]'" in capsys.readouterr().err
