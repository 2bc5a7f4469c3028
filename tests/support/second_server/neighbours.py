"""XML-RPC, and the change feed."""

from __future__ import annotations

import json
import time
import xmlrpc.client
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.parsers.expat import ExpatError

from second_server.http import ROOT, Reply, Request, as_json, text
from second_server.legacy import legacy_json
from second_server.reading import entries
from second_server.reading import search as search_query
from second_server.simple import listed
from second_server.state import Actor, Index, Project, Refusal, time_of

_NO_METHOD, _BAD_ARGUMENTS, _PARSE_ERROR = -32601, -32602, -32700


def pypi(index: Index, request: Request) -> Reply:
    """Answer ``POST pypi`` by XML-RPC, and below it the legacy JSON."""
    if request.path not in {"/pypi", "/RPC2"}:
        return legacy_json(index, request)
    if request.method != "POST":
        return text("POST a call.", 405, allow="POST")
    try:
        answer = xmlrpc.client.dumps((_called(index, request.body),), methodresponse=True, allow_none=True)
    except xmlrpc.client.Fault as fault:
        answer = xmlrpc.client.dumps(fault)
    return Reply(200, {"content-type": "text/xml"}, answer.encode())


def _called(index: Index, body: bytes) -> Any:
    try:
        if b"<!DOCTYPE" in body:
            raise ValueError
        arguments, name = xmlrpc.client.loads(body.strip(), use_builtin_types=True)
    except (ExpatError, ValueError, IndexError, TypeError, xmlrpc.client.Error) as error:
        raise xmlrpc.client.Fault(_PARSE_ERROR, "parse error") from error
    if name is None:
        raise xmlrpc.client.Fault(_PARSE_ERROR, "no call")
    return _answer(index, name, [*arguments])


def _answer(index: Index, name: str, arguments: list[Any]) -> Any:
    if name == "system.multicall":
        return [_one(index, each) for each in arguments[0]]
    if name == "system.listMethods":
        return sorted([*_METHODS, "system.listMethods", "system.multicall"])
    if name not in _METHODS:
        raise xmlrpc.client.Fault(_NO_METHOD, f"no method {name}")
    function, types = _METHODS[name]
    needed = sum(not isinstance(each, tuple) for each in types)
    wanted = [each if isinstance(each, tuple) else (each,) for each in types]
    if not needed <= len(arguments) <= len(types) or not all(map(isinstance, arguments, wanted)):
        raise xmlrpc.client.Fault(_BAD_ARGUMENTS, "wrong arguments")
    return function(index, *arguments)


def _one(index: Index, call: dict[str, Any]) -> Any:
    try:
        return [_answer(index, call["methodName"], call["params"])]
    except xmlrpc.client.Fault as fault:
        return {"faultCode": fault.faultCode, "faultString": fault.faultString}


def _found(index: Index, name: str) -> Project | None:
    try:
        project = index.project(name)
    except Refusal:
        return None
    return project if project.is_offered else None


def _changelog(index: Index, serial: int) -> list[list[Any]]:
    found = [
        [each["project"], each["version"], _seconds(each["timestamp"]), each["action"], each["serial"]]
        for each in index.journal
        if each["serial"] > serial
    ]
    return found[1:] if index.fault("journal: another in XML-RPC") else found


def _seconds(timestamp: str) -> int:
    return int(datetime.fromisoformat(timestamp).timestamp())


def _package_releases(index: Index, name: str, show_hidden: bool = False) -> list[str]:
    project = _found(index, name)
    if project is None:
        return []
    if show_hidden:
        return [str(each.version) for each in project.sorted_releases[::-1]]
    return [str(project.latest.version)] if project.latest else []


def _release_urls(index: Index, name: str, version: str) -> list[dict[str, Any]]:
    project = _found(index, name)
    try:
        release = index.release(project, version) if project else None
    except Refusal:
        release = None
    return [
        {
            "filename": each.filename, "packagetype": each.kind, "python_version": each.python,
            "size": len(each.content), "md5_digest": each.md5, "sha256_digest": each.sha256,
            "digests": {"md5": each.md5, "sha256": each.sha256}, "has_sig": False, "downloads": -1,
            "upload_time": each.uploaded.replace(tzinfo=None, microsecond=0),
            "upload_time_iso_8601": time_of(each.uploaded), "comment_text": each.comment,
            "path": quote(each.path), "url": f"{ROOT}{quote(each.path)}",
        }
        for each in (release.files.values() if release else ())
    ]  # fmt: skip


def _release_data(index: Index, name: str, version: str) -> dict[str, Any]:
    project = _found(index, name)
    try:
        release = index.release(project, version) if project else None
    except Refusal:
        release = None
    if project is None or release is None:
        return {}
    return {"name": project.display_name, "version": str(release.version), "summary": "", **release.metadata}


def _serials(index: Index) -> dict[str, int]:
    return {each.display_name: each.serial for each in listed(index)}


def _search(index: Index, spec: dict[str, Any], operator: str = "and") -> list[dict[str, str]]:
    found: dict[str, dict[str, Any]] = {}
    for field in ("name", "summary", "description", "keywords"):
        for value in spec.get(field, []) if isinstance(spec.get(field), list) else [spec.get(field, "")]:
            if value:
                page = search_query(index, Actor(), {"fields": {field: value}, "limit": 100})
                found |= {each["name"]: each for each in page["hits"]}
    return [
        {"name": each["display_name"], "version": each["version"], "summary": each["summary"]}
        for each in found.values()
    ]


_METHODS: dict[str, tuple[Any, list[Any]]] = {
    "list_packages": (lambda index: [each.display_name for each in listed(index)], []),
    "list_packages_with_serial": (_serials, []),
    "package_releases": (_package_releases, [str, (bool,)]),
    "release_urls": (_release_urls, [str, str]),
    "release_data": (_release_data, [str, str]),
    "changelog_last_serial": (
        lambda index: index.serial - (1 if index.fault("serials: of XML-RPC behind") else 0), []
    ),
    "changelog_since_serial": (_changelog, [int]),
    "search": (_search, [dict, (str,)]),
}  # fmt: skip


# ------------------------------------------------------------ the change feed


def changes(index: Index, request: Request) -> Reply:
    """Answer with entries of the journal, now or when there are some."""
    seen = request.headers.get("last-event-id")
    if seen is None or index.fault("feed: Last-Event-ID ignored"):
        seen = request.query.get("since", "0")
    numbers = [(seen, 0, 2**53 - 1)]
    numbers += [(request.query.get("limit", "1000"), 1, 50_000), (request.query.get("wait", "0"), 0, 60)]
    if not all(each.isdecimal() and low <= int(each) <= high for each, low, high in numbers):
        if not index.fault("feed: any query"):
            return text("That is not a number within its bounds.", 400)
        numbers = [("0", 0, 0), ("1000", 0, 0), ("0", 0, 0)]
    since, limit, wait = (int(each[0]) for each in numbers)
    if "text/event-stream" in request.headers.get("accept", "") and not index.fault("feed: no events"):
        return Reply(200, {"content-type": "text/event-stream"}, stream=_events(index, since))
    found, more = entries(index, since, limit + (1 if index.fault("feed: one too many") else 0))
    end = time.monotonic() + (0 if index.fault("feed: does not wait") else wait)
    while not found and time.monotonic() < end:
        time.sleep(0.01)
        found, more = entries(index, since, limit)
    if index.fault("journal: another in the feed"):
        found = [{**each, "project": each["project"].upper()} for each in found]
    if index.fault("feed: backwards"):
        found = found[::-1]
    newest = found[-1]["serial"] if found else (0 if index.fault("feed: back to 0") else since)
    return as_json(
        {
            "changes": found,
            "since": newest,
            "more": int(more) if index.fault("feed: more by number") else more,
        }
    )


def _events(index: Index, since: int) -> Iterator[bytes]:
    for each in [each for each in index.journal if each["serial"] > since]:
        identifier = 0 if index.fault("feed: events without serial") else each["serial"]
        yield f"id: {identifier}\nevent: change\ndata: {json.dumps(each)}\n\n".encode()
