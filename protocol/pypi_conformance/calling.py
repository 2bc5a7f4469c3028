"""JSON-RPC: calls as they are sent, good or bad, and the answers to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from pypi_conformance.subject import Subject

# Nobody is logged in, and: not with these credentials.
_CREDENTIALS_WANTED = {1002, 1003}
# What it means when HTTP refuses a call as a whole.
_FAMILIES = {401: 1002, 403: 1003}


def call_of(method: object, params: object = None, number: object = 1) -> dict[str, object]:
    """Return a request object."""
    call: dict[str, object] = {"jsonrpc": "2.0", "method": method, "id": number}
    return call if params is None else {**call, "params": params}


def notification_of(method: str, params: object) -> dict[str, object]:
    """Return a request object that is not to be answered."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def post(
    index: Subject,
    content: object,
    content_type: str = "application/json",
    *,
    anonymous: bool = False,
    credentials: tuple[str, str] | None = None,
) -> httpx.Response:
    """Send *content*, bytes as they are and all else as JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"Content-Type": content_type, "Accept": "application/json"}
    return index.send("POST", index.rpc_url, headers, body, anonymous=anonymous, credentials=credentials)


def ask(index: Subject, content: object) -> Any:
    """
    Send *content* and return the answer.

    Raises:
        AssertionError: HTTP refuses, or there is none.
    """
    response = post(index, content)
    assert response.status_code == 200, f"HTTP answers {response.status_code}."
    assert response.content, "The answer is empty."
    return _remembered(index, content, response)


def _remembered(index: Subject, content: object, response: httpx.Response) -> Any:
    answer = json.loads(response.content)
    if isinstance(content, dict) and isinstance(answer, dict):
        index.answers.append((content, answer))
    return answer


def answer_to(
    index: Subject,
    method: str,
    params: object = None,
    *,
    anonymous: bool = False,
    credentials: tuple[str, str] | None = None,
) -> Mapping[str, Any]:
    """
    Call a method as somebody else, and return the answer; a refusal by HTTP as the error that it means.

    Raises:
        AssertionError: HTTP answers otherwise.
    """
    call = call_of(method, params)
    response = post(index, call, anonymous=anonymous, credentials=credentials)
    if response.status_code in _FAMILIES:
        return {"error": {"code": _FAMILIES[response.status_code], "message": response.text, "data": {}}}
    assert response.status_code == 200, f"HTTP answers {response.status_code}."
    answer: Mapping[str, Any] = _remembered(index, call, response)
    return answer


def result_of(index: Subject, method: str, params: object = None) -> Any:
    """
    Call a method.

    Raises:
        AssertionError: It is answered with an error.
    """
    answer = ask(index, call_of(method, params))
    assert "result" in answer, f"{method} is answered with {answer.get('error')}."
    return answer["result"]


def refused(index: Subject, method: str, params: Mapping[str, object]) -> Mapping[str, Any]:
    """
    Call a method and return the error.

    Raises:
        AssertionError: It is carried out.
    """
    error: Mapping[str, Any] | None = ask(index, call_of(method, params)).get("error")
    assert error is not None, f"{method} is carried out."
    return error


def expect_credentials_wanted(index: Subject, method: str, params: Mapping[str, object]) -> None:
    """
    Check that a method without credentials is refused, by HTTP or with an error that says so.

    Raises:
        AssertionError: It is carried out, or refused for another reason.
    """
    response = post(index, call_of(method, params), anonymous=True)
    if response.status_code not in {401, 403}:
        assert response.status_code == 200, f"HTTP answers {response.status_code}."
        found = (json.loads(response.content).get("error") or {}).get("code")
        assert found in _CREDENTIALS_WANTED, f"{method} without credentials is answered with {found}."


def document_of(index: Subject) -> dict[str, Any]:
    """
    Return what the index says of its methods.

    Raises:
        AssertionError: It says nothing.
    """
    if index.document is None:
        document = result_of(index, "rpc.discover")
        assert isinstance(document, dict), f"rpc.discover returns {type(document).__name__}."
        index.document = document
    return index.document


def methods_of(index: Subject) -> Mapping[str, dict[str, Any]]:
    """
    Return the methods that the index names, by their names.

    Raises:
        AssertionError: It names none.
    """
    return {str(each.get("name")): each for each in document_of(index).get("methods", ())}


def offers(index: Subject, method: str) -> bool:
    """Return whether the index names a method of this name."""
    try:
        return method in methods_of(index)
    except (AssertionError, ValueError):
        return False


def expect_error(answer: object, code: int, number: object = None) -> None:
    """
    Check that *answer* is an error by the specification, with this code.

    Raises:
        AssertionError: It is not.
    """
    assert isinstance(answer, dict), f"The answer is {answer!r}, not one object."
    assert answer.get("jsonrpc") == "2.0", f"jsonrpc is {answer.get('jsonrpc')!r}."
    error = answer.get("error")
    assert isinstance(error, dict) and "result" not in answer, f"The answer is {answer!r}"
    assert error.get("code") == code, f"The error is {error.get('code')}, not {code}."
    assert isinstance(error.get("message"), str), f"The message is {error.get('message')!r}."
    assert "id" in answer and answer["id"] == number, f"The id is {answer.get('id')!r}, not {number!r}."
