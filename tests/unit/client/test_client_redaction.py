"""A secret that an index repeats is taken out of the client's errors."""

from __future__ import annotations

import base64
from collections.abc import Callable

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.errors import ClientError, IndexUnavailable, InvalidAddress, Refused
from pypi_api_client.redaction import REDACTED

TOKEN = "pidx_0123456789"
PASSWORD = "päss/w ord"
Answer = Callable[[httpx.Request], httpx.Response]


def failure(
    answer: Answer, *, index: str = "https://index.example/", token: str | None = TOKEN
) -> ClientError:
    with (
        Client(index, token=token, transport=httpx.MockTransport(answer), sleep=lambda _: None) as client,
        pytest.raises(ClientError) as raised,
    ):
        client.whoami()
    return raised.value


def told(error: ClientError) -> str:
    """Return everything that an error carries."""
    if isinstance(error, Refused):
        return f"{error} {error!r} {error.sentence} {error.problem}"
    return f"{error} {error!r}"


def by_reason(request: httpx.Request) -> httpx.Response:
    sent = request.headers["authorization"]
    return httpx.Response(401, extensions={"reason_phrase": f"{TOKEN} {sent}".encode()})


def by_text(request: httpx.Request) -> httpx.Response:
    return httpx.Response(429, text=f"no: {request.headers['authorization']} {TOKEN}")


def by_problem(request: httpx.Request) -> httpx.Response:
    content = {
        "detail": f"no: {TOKEN}",
        "errors": [{"field": TOKEN, "message": f"{TOKEN} is wrong"}],
        "sent": {"deep": [TOKEN, request.headers["authorization"], 1, None]},
        TOKEN: True,
    }
    return httpx.Response(401, json=content, headers={"Content-Type": "application/problem+json"})


def by_json_rpc(request: httpx.Request) -> httpx.Response:
    error = {"code": 1003, "message": f"no: {TOKEN}", "data": {"problems": [{"message": TOKEN}]}}
    return httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "error": error})


def by_broken_line(request: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError(f"illegal status line: {TOKEN}", request=request)


def by_redirect(request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        307, headers={"Location": f"https://{TOKEN.replace('_', '-')}:x@other.example/{TOKEN}"}
    )


@pytest.mark.parametrize("answer", [by_reason, by_text, by_problem, by_json_rpc, by_broken_line, by_redirect])
def test_an_error_does_not_repeat_the_token(answer: Answer) -> None:
    error = failure(answer)

    assert TOKEN not in told(error)
    assert base64.b64encode(f"__token__:{TOKEN}".encode()).decode() not in told(error)


def test_the_rest_of_what_the_index_said_is_kept() -> None:
    error = failure(by_problem)

    assert isinstance(error, Refused)
    assert (str(error), error.sentence) == (f"no: {REDACTED}", f"no: {REDACTED}")
    assert error.problem.problems[0].message == f"{REDACTED} is wrong"
    assert error.problem.members["sent"]["deep"][2:] == [1, None]


def test_a_secret_that_is_cut_off_is_redacted_too() -> None:
    # A sentence of an index has 500 characters at most.
    for room in range(0, len(TOKEN) + 2, 3):
        text = "x" * (500 - room) + TOKEN + "y" * 50
        assert "pidx" not in told(failure(lambda _, text=text: httpx.Response(429, text=text)))  # type: ignore[misc]


def test_a_secret_behind_the_longest_text_is_redacted_too() -> None:
    text = "x" + " " * 1990 + TOKEN

    assert str(failure(lambda _: httpx.Response(429, text=text))) == f"x {REDACTED}…"


@pytest.mark.parametrize(
    "echo", [PASSWORD, "p%C3%A4ss%2Fw%20ord", "p%C3%A4ss%2Fw+ord"], ids=["plain", "url", "form"]
)
def test_a_password_is_redacted_in_any_notation(echo: str) -> None:
    index = "https://ada:p%C3%A4ss%2Fw%20ord@index.example/"

    error = failure(lambda _: httpx.Response(429, text=f"<{echo}>"), index=index, token=None)

    assert str(error) == f"<{REDACTED}>"


def test_a_password_that_is_exchanged_is_redacted() -> None:
    error = {"code": 1002, "message": f"not {PASSWORD}"}
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "error": error})
    )

    with Client("https://index.example/", transport=transport) as client, pytest.raises(Refused) as raised:
        client.exchange_password("ada", PASSWORD, "a test")

    assert str(raised.value) == f"not {REDACTED}"


def test_a_short_password_is_not_redacted_inside_other_words() -> None:
    error = failure(
        lambda _: httpx.Response(503, text="in need of a rest"),
        index="https://a:in@index.example/",
        token=None,
    )

    assert isinstance(error, IndexUnavailable)
    assert str(error) == "in need of a rest"


def test_a_password_that_spoils_a_url_is_not_repeated() -> None:
    with pytest.raises(InvalidAddress) as raised:
        Client("https://ada:secret/word@index.example/")

    assert "secret" not in str(raised.value)
    assert "percent-encode" in str(raised.value)
