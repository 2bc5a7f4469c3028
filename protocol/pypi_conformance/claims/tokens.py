"""Tokens: made, narrowed, listed and revoked."""

from __future__ import annotations

from typing import Any

from pypi_conformance.calling import answer_to, ask, call_of, expect_credentials_wanted, offers, result_of
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.subject import Subject
from pypi_conformance.trials import data_code, error_code

claim = Claims(Level.TOKENS)

_PROTOCOL = "our protocol"
_FORBIDDEN, _INVALID = 1003, 1022
_DESCRIPTION = "made by a conformance kit"


def is_offered(index: Subject) -> bool:
    """Return whether there are methods for tokens; without credentials nothing is tried."""
    if not index.options.writes:
        raise NotChecked("Without credentials no token can be made: give --token.")
    return offers(index, "token.create")


def _made(index: Subject, **params: object) -> tuple[tuple[str, str], str]:
    """Make a token, and return it as credentials with its identifier."""
    made = result_of(index, "token.create", {"description": _DESCRIPTION, **params})
    return ("__token__", made["secret"]), made["token"]["id"]


def _forget(index: Subject, *identifiers: str) -> None:
    for each in identifiers:
        ask(index, call_of("token.revoke", {"id": each}))


def _listed(index: Subject, credentials: tuple[str, str] | None = None) -> list[dict[str, Any]]:
    answer = answer_to(index, "token.list", {}, credentials=credentials)
    assert "result" in answer, f"token.list is answered with {answer.get('error')}."
    tokens: list[dict[str, Any]] = answer["result"]["tokens"]
    return tokens


@claim.must("create", _PROTOCOL, "A token that was made is good, for the account that made it")
def test_create(index: Subject) -> None:
    credentials, identifier = _made(index)
    own = result_of(index, "account.whoami")
    found = answer_to(index, "account.whoami", {}, credentials=credentials).get("result", {})
    _forget(index, identifier)
    assert found.get("username") == own["username"], f"It is of {found.get('username')!r}."
    assert found.get("proof") == "token", f"The proof is {found.get('proof')!r}."


@claim.must("list", _PROTOCOL, "Tokens are listed without their secrets")
def test_list(index: Subject) -> None:
    (_, secret), identifier = _made(index)
    listed = _listed(index)
    _forget(index, identifier)
    assert identifier in {each["id"] for each in listed}, "The token is not listed."
    assert secret not in str(listed), "The list has the secret."


@claim.must("anonymous", _PROTOCOL, "Without credentials tokens are neither listed nor made nor revoked")
def test_anonymous(index: Subject) -> None:
    for method, params in (
        ("token.list", {}),
        ("token.create", {"description": _DESCRIPTION}),
        ("token.revoke", {"id": "no-such-token"}),
    ):
        expect_credentials_wanted(index, method, params)


@claim.must("revoke", _PROTOCOL, "A token that was revoked is good no more, and the answer does not say why")
def test_revoke(index: Subject) -> None:
    credentials, identifier = _made(index)
    assert identifier in {each["id"] for each in _listed(index, credentials)}, "It is not good at first."
    _forget(index, identifier)
    answer = answer_to(index, "token.list", {}, credentials=credentials)
    if data_code(answer) == "too-many":
        raise NotChecked("Too many logins have failed lately: try again later.")
    assert "result" not in answer, "It is good still."
    assert data_code(answer) in {None, "invalid-credentials"}, f"The answer says {data_code(answer)!r}."


@claim.must("expired", _PROTOCOL, "A token that would have expired already is not made")
def test_expired(index: Subject) -> None:
    params = {"description": _DESCRIPTION, "expires": "2001-01-01T00:00:00Z"}
    answer = answer_to(index, "token.create", params)
    if "result" in answer:
        _forget(index, answer["result"]["token"]["id"])
    assert error_code(answer) == _INVALID, f"It is answered with {answer.get('error') or 'a token'}."


@claim.must("limited", _PROTOCOL, "A limited token makes no tokens, and lists and revokes itself alone")
def test_limited(index: Subject) -> None:
    credentials, identifier = _made(index, scope={"actions": ["upload"]})
    _, other = _made(index)
    made = answer_to(index, "token.create", {"description": _DESCRIPTION}, credentials=credentials)
    listed = [each["id"] for each in _listed(index, credentials)]
    revoked = answer_to(index, "token.revoke", {"id": other}, credentials=credentials)
    _forget(index, identifier, other)
    if "result" in made:
        _forget(index, made["result"]["token"]["id"])
    assert error_code(made) == _FORBIDDEN, f"token.create is answered with {made.get('error') or 'a token'}."
    assert listed == [identifier], f"It lists {len(listed)} tokens."
    assert error_code(revoked) == _FORBIDDEN, "It revokes another one."
