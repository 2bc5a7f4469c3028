"""JSON-RPC: what a body asks for, and parameters by the schemas of the normative document."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from second_server.http import Reply, Request, as_json, refused, text
from second_server.state import INVALID, UNAUTHENTICATED, Actor, Index, Refusal

DEFINITION = Path(__file__).parents[3] / "docs/protocol/openrpc-1.0.json"
_MOST_CALLS, _LARGEST, _DEEPEST = 100, 1024 * 1024, 64
# What a schema says of types; all else is a bound.
_TYPES = {"type", "enum", "required", "additionalProperties", "anyOf", "propertyNames", "const"}

Method = Callable[[Index, Actor, dict[str, Any]], Any]
METHODS: dict[str, Method] = {}
WRITING: set[str] = set()


def method(name: str, *, writes: bool = False) -> Callable[[Method], Method]:
    def register(function: Method) -> Method:
        METHODS[name] = function
        if writes:
            WRITING.add(name)
        return function

    return register


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DEFINITION.read_text(encoding="utf-8"))
    methods = [each for each in found["methods"] if each["name"] in METHODS]
    return {**found, "methods": methods, "servers": [{"name": "second", "url": "rpc"}]}


@cache
def _schemas() -> dict[str, tuple[list[str], Draft7Validator]]:
    """Return the names of the parameters of each method and what validates them, by name."""
    return {
        each["name"]: (
            [parameter["name"] for parameter in each["params"]],
            Draft7Validator(
                {
                    "type": "object",
                    "properties": {parameter["name"]: parameter["schema"] for parameter in each["params"]},
                    "required": [parameter["name"] for parameter in each["params"] if parameter["required"]],
                    "additionalProperties": False,
                    "components": document()["components"],
                }
            ),
        )
        for each in document()["methods"]
    }


class _Standard(Exception):
    def __init__(self, code: int, problems: list[dict[str, str]] | None = None) -> None:
        super().__init__(code)
        self.code, self.problems = code, problems


_MESSAGES = {
    -32700: "Parse error", -32600: "Invalid Request", -32601: "Method not found", -32602: "Invalid params",
    -32603: "Internal error",
}  # fmt: skip


def rpc(index: Index, request: Request) -> Reply:
    if request.path == "/rpc/openrpc.json" and request.reads:
        return as_json({**document(), "servers": [{"name": "second", "url": "http://127.0.0.1/rpc"}]})
    if request.method != "POST":
        return text("POST a call.", 405, **({} if index.fault("calls: no Allow") else {"allow": "POST"}))
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json" and not index.fault("calls: of any type"):
        return text("Send application/json.", 415)
    if len(request.body) > (_LARGEST // 2 if index.fault("calls: half a MiB at most") else _LARGEST):
        return text("The call is too large.", 413)
    try:
        content = _parsed(index, request.body)
    except RecursionError:
        return (
            text("Too deep.", 500)
            if index.fault("json: depth breaks it")
            else _reply(index, _failure(None, -32700))
        )
    except ValueError:
        return _reply(index, _failure(None, -32600 if index.fault("json: by another code") else -32700))
    if not isinstance(content, list | dict) and index.fault("requests: scalars by another code"):
        return _reply(index, _failure(None, -32700))
    if isinstance(content, list):
        return _batch(index, request, content)
    refusal = request.actor.refused
    name = content.get("method") if isinstance(content, dict) else None
    passes = index.fault("bad credentials: pass as none")
    if refusal and (name in WRITING or name == "account.whoami") and not passes:
        return refused(refusal)
    if refusal and index.fault("bad credentials: stop reading"):
        return refused(refusal)
    answer = _answer(index, request.actor, content)
    return Reply(204, {"cache-control": "no-store"}) if answer is None else _reply(index, answer)


def _batch(index: Index, request: Request, calls: list[Any]) -> Reply:
    most = 50 if index.fault("batch: fifty at most") else _MOST_CALLS
    if not calls and index.fault("batch: empty is an array"):
        return _reply(index, [])
    if request.actor.refused and index.fault("bad credentials: refuse a batch"):
        return refused(request.actor.refused)
    if index.fault("batch: nonsense is left out") and calls:
        calls = [each for each in calls if isinstance(each, dict)]
        if not calls:
            return Reply(204, {"cache-control": "no-store"})
    if len(calls) > most and index.fault("batch: cut off"):
        calls = calls[:most]
    if not calls or len(calls) > most:
        return _reply(index, _failure(None, -32600))
    if index.fault("batch: backwards"):
        calls = calls[::-1]
    answers = [each for each in (_answer(index, request.actor, call) for call in calls) if each is not None]
    return _reply(index, answers) if answers else Reply(204, {"cache-control": "no-store"})


def _parsed(index: Index, body: bytes) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in found}) < len(found) and not index.fault("json: names twice"):
            raise ValueError
        return dict(found)

    def constant(name: str) -> Any:
        raise ValueError(name)

    content = json.loads(body.decode(), object_pairs_hook=pairs, parse_constant=constant, parse_float=_Number)
    if _depth(content) > _DEEPEST:
        raise ValueError
    json.dumps(content, ensure_ascii=False, default=str).encode()
    return content


class _Number(float):
    """A number with a fraction, and how it was written."""

    def __new__(cls, written: str) -> _Number:
        made = super().__new__(cls, written)
        made.written = written  # type: ignore[attr-defined]
        return made


def _depth(content: object) -> int:
    depth, level = 0, [content]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def _answer(index: Index, actor: Actor, call: Any) -> dict[str, Any] | None:
    if isinstance(call, dict):
        call = _forgiven(index, call)
    if (
        not isinstance(call, dict)
        or call.get("jsonrpc") != "2.0"
        or not isinstance(call.get("method"), str)
        or not isinstance(call.get("params", []), list | dict)
        or isinstance(call.get("id"), bool | list | dict)
    ):
        return _failure(None, -32600)
    answer = _carried_out(index, actor, call)
    return answer if "id" in call or index.fault("notification: answered") else None


def _forgiven(index: Index, call: dict[str, Any]) -> dict[str, Any]:
    """Return a call without what some faults do not mind."""
    if call.get("params", 0) is None and index.fault("params: null passes"):
        call = {**call, "params": []}
    if "method" in call and index.fault("jsonrpc: any version"):
        call = {**call, "jsonrpc": "2.0"}
    if call.get("id") is True and index.fault("id: booleans pass"):
        call = {**call, "id": 1}
    if type(call.get("id")) is int and call["id"] < 0 and index.fault("id: never negative"):
        call = {**call, "id": -call["id"]}
    if isinstance(call.get("id"), float) and index.fault("id: numbers written anew"):
        call = {**call, "id": float(call["id"])}
    return call


def _carried_out(index: Index, actor: Actor, call: dict[str, Any]) -> dict[str, Any]:
    name, number = call["method"], call.get("id")
    if name not in METHODS:
        return _failure(number, -32602 if index.fault("method: unknown by another code") else -32601)
    try:
        if actor.refused and index.fault("bad credentials: pass as none"):
            actor = Actor()
        if actor.refused and (name in WRITING or name == "account.whoami"):
            raise actor.refused
        params = _arguments(index, name, call.get("params", []))
        result = METHODS[name](index, actor, params)
    except _Standard as error:
        return _failure(number, error.code, [] if index.fault("errors: types untold") else error.problems)
    except Refusal as refusal:
        return {"jsonrpc": "2.0", "id": number, "error": _error(index, refusal)}
    if index.fault("answers: an error beside the result"):
        return {"jsonrpc": "2.0", "id": number, "result": result, "error": None}
    return {"jsonrpc": "2.0", "id": number, "result": result}


def _error(index: Index, refusal: Refusal) -> dict[str, Any]:
    code, problems, word = refusal.family, refusal.problems, refusal.code
    if word == "unauthenticated" and index.fault("errors: another word without credentials"):
        word = "not-known"
    if refusal.code == "file-not-found" and index.fault("errors: one family"):
        code = INVALID
    if refusal.code == "invalid-name" and index.fault("errors: invalid without problems"):
        problems = []
    error: dict[str, Any] = {"code": code, "message": refusal.message}
    if refusal.code == "release-not-found" and index.fault("errors: no data"):
        return error
    error["data"] = {"code": word, "problems": problems, **refusal.more}
    if refusal.code == "release-not-found" and index.fault("errors: problems left out"):
        del error["data"]["problems"]
    return error


def _arguments(index: Index, name: str, params: list[Any] | dict[str, Any]) -> dict[str, Any]:
    names, validator = _schemas()[name]
    if isinstance(params, list):
        if len(params) > len(names):
            raise _Standard(-32602, [{"field": "", "message": "There are too many parameters."}])
        params = dict(zip(names[::-1] if index.fault("params: backwards") else names, params, strict=False))
    errors = sorted(validator.iter_errors(params), key=lambda each: each.validator not in _TYPES)
    if index.fault("params: unknown ones pass"):
        errors = [each for each in errors if each.validator != "additionalProperties"]
        params = {each: value for each, value in params.items() if each in names}
    if errors:
        problems = [_problem(each) for each in errors]
        if any(each.validator in _TYPES and not _is_bound(each) for each in errors):
            raise _Standard(-32602, problems)
        if index.fault("bounds: as types"):
            raise _Standard(-32602, problems)
        if not index.fault("bounds: none"):
            refusal = Refusal(INVALID, "invalid", problems[0]["message"])
            refusal.problems = problems
            raise refusal
    return params


def _is_bound(error: ValidationError) -> bool:
    """Return whether of several types the right one was out of its bounds."""
    return error.validator == "anyOf" and any(each.validator not in _TYPES for each in error.context or ())


def _problem(error: ValidationError) -> dict[str, str]:
    schema: dict[str, Any] = dict(error.schema)  # type: ignore[arg-type]
    instance: Any = error.instance
    field = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.absolute_path)
    if error.validator == "additionalProperties":
        unknown = sorted({*instance} - {*schema.get("properties", {})})
        field += f".{unknown[0]}"
    if error.validator == "required":
        absent = [each for each in schema["required"] if each not in instance]
        field += f".{absent[0]}"
    return {"field": field.removeprefix("."), "message": error.message[:200]}


def _failure(number: object, code: int, problems: list[dict[str, str]] | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": _MESSAGES[code]}
    if problems:
        error["data"] = {"code": "invalid-params", "problems": problems}
    return {"jsonrpc": "2.0", "id": number, "error": error}


def _reply(index: Index, answer: object) -> Reply:
    body = _written(answer).encode()
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    if index.fault("answers: may be stored"):
        del headers["cache-control"]
    return Reply(200, headers, body)


def _written(answer: Any) -> str:
    """Return answers as JSON; an id with a fraction is written as it was sent."""
    if isinstance(answer, list):
        return f"[{', '.join(map(_written, answer))}]"
    number = answer["id"]
    if isinstance(number, _Number):
        rest = json.dumps({name: each for name, each in answer.items() if name != "id"})
        return f'{rest[:-1]}, "id": {number.written}}}'  # type: ignore[attr-defined]
    return json.dumps(answer)


def require_known(actor: Actor) -> str:
    if actor.username is None:
        raise actor.refused or Refusal(UNAUTHENTICATED, "unauthenticated", "Send a token.")
    return actor.username
