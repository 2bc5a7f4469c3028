"""The lines that the server logs for requests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_wheel
from pypi_http_api import HttpSettings
from pypi_http_api.request_log import LineBudget, loggable

if TYPE_CHECKING:
    from tests.unit.http.conftest import Wire


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[logging.LogRecord]]:
    """Return a function that returns what was logged of requests."""
    caplog.set_level(logging.INFO)
    return lambda: [each for each in caplog.records if each.name == "pypi_http_api.requests"]


Lines = Callable[[], list[logging.LogRecord]]


@pytest.fixture
def logging_wire(wired: Callable[..., Wire]) -> Wire:
    return wired(HttpSettings(access_log=True))


def fields(record: logging.LogRecord, *names: str) -> list[object]:
    return [getattr(record, each) for each in names]


def test_every_request_has_a_line(logging_wire: Wire, lines: Lines) -> None:
    answer = logging_wire.get("/simple/?secret=query", {"user-agent": "pip/26.0"})

    (line,) = lines()
    names = ("client", "actor", "method", "path", "status", "bytes", "user_agent")
    assert fields(line, *names) == ["127.0.0.1", "", "GET", "/simple/", 200, len(answer.body), "pip/26.0"]
    assert line.milliseconds >= 0  # type: ignore[attr-defined]
    start = '127.0.0.1 - "GET /simple/ HTTP/1.1" 200'
    assert line.getMessage().startswith(f"{start} {len(answer.body)} ")
    assert line.getMessage().endswith('ms "pip/26.0"')


def test_a_line_names_the_account_and_never_the_secret(logging_wire: Wire, lines: Lines) -> None:
    token = logging_wire.token
    logging_wire.get(f"/simple/{token}/", {"authorization": f"Bearer {token}", "user-agent": f"x {token}"})

    (line,) = lines()
    assert fields(line, "actor", "path", "user_agent") == ["alice", "/simple/pidx_.../", "x pidx_..."]
    assert token not in repr(vars(line))
    assert "earer" not in repr(vars(line))


def test_a_request_cannot_forge_a_line_or_speak_to_a_terminal(logging_wire: Wire, lines: Lines) -> None:
    agent = '\x1b]0;title\x07" 200\r\n\x9b31m \\'
    logging_wire.get("/simple/", {"user-agent": agent})

    (line,) = lines()
    assert line.user_agent == '\\x1b]0;title\\x07\\" 200\\r\\n\\x9b31m \\\\'  # type: ignore[attr-defined]
    assert line.getMessage().isprintable()


def test_the_client_of_a_line_is_the_one_that_a_trusted_proxy_names(
    wired: Callable[..., Wire], lines: Lines
) -> None:
    wire = wired(HttpSettings(access_log=True, trusted_proxies=("127.0.0.1",)))
    wire.get("/simple/", {"x-forwarded-for": "192.0.2.1"})

    assert fields(lines()[0], "client") == ["192.0.2.1"]


def test_a_client_that_left_without_an_answer_has_a_line_too(logging_wire: Wire, lines: Lines) -> None:
    logging_wire.send_form(b"--", leaves=True)

    assert len(lines()) == 1


def test_uploads_are_logged_without_the_access_log(wire: Wire, lines: Lines) -> None:
    wire.upload(build_wheel("sample", "1.0"))

    assert [fields(each, "actor", "method", "path", "status") for each in lines()] == [
        ["alice", "POST", "/legacy/", 200]
    ]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/legacy/", {}, 401),
        ("POST", "/legacy/", {"sec-fetch-site": "cross-site"}, 403),
        ("POST", "/missing", {}, 404),
        ("GET", "/changes?limit=x", {}, 400),
        ("DELETE", "/simple/", {}, 405),
    ],
)
def test_refusals_are_logged_without_the_access_log(
    wire: Wire, lines: Lines, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    wire.request(method, path, headers)

    assert [each.status for each in lines()] == [status]  # type: ignore[attr-defined]


def test_a_refused_token_is_logged_without_the_access_log(wire: Wire, lines: Lines) -> None:
    wire.make_private()
    wire.get("/simple/", {"authorization": "Bearer pidx_wrong"})

    assert [each.status for each in lines()] == [401]  # type: ignore[attr-defined]


def test_ordinary_reading_is_not_logged_without_the_access_log(wire: Wire, lines: Lines) -> None:
    wire.get("/simple/")
    wire.get("/simple/missing/")
    wire.make_private()
    wire.get("/simple/")

    assert lines() == []


def test_refusals_do_not_fill_the_log(wire: Wire, lines: Lines) -> None:
    for _ in range(110):
        wire.request("POST", "/legacy/")

    assert len(lines()) == 100


def test_omitted_lines_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    budget = LineBudget(logging.getLogger("counted"), most=2, seconds=10)

    permitted = [budget.permits(now) for now in (0, 1, 2, 3, 10)]

    assert permitted == [True, True, False, False, True]
    assert caplog.messages == ["2 refused requests were not logged, being too many"]


def test_long_values_are_truncated() -> None:
    assert loggable("x" * 2000, 100) == "x" * 100
