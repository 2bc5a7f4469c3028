"""What all ways to talk to an index have in common: one serial, one journal, one list of files, one shape."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Mapping
from typing import Any

from pypi_conformance.calling import ask, call_of, document_of, methods_of, offers, result_of
from pypi_conformance.pages import JSON_TYPE, offered
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.schemas import faults
from pypi_conformance.subject import Subject, is_json
from pypi_conformance.trials import files_of

claim = Claims(Level.AGREEMENT)

_PROTOCOL = "our protocol"
_INVALID = 1022
_ENTRIES = 200
_ATTEMPTS = 3
# For servers whose document does not say it.
_ERROR_DATA = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["code", "problems"],
}


def is_offered(index: Subject) -> bool:
    """Return whether the index speaks our protocol, with which all else is compared."""
    return offers(index, "index.status")


# -------------------------------------------------------------------- shapes


@claim.must("results", _PROTOCOL, "Every result has the shape that `rpc.discover` says")
def test_results(index: Subject) -> None:
    document, methods = document_of(index), methods_of(index)
    for name in ("index.status", "project.list", "account.whoami"):
        if name in methods:
            ask(index, call_of(name))
    for call, answer in index.answers:
        method = methods.get(str(call.get("method")))
        if method and "result" in answer:
            wrong = next(faults(answer["result"], method["result"]["schema"], document), None)
            assert wrong is None, f"In a result of {method['name']} {wrong}."


@claim.must("error-data", _PROTOCOL, "Every error of the protocol has `data` with a `code` and `problems`")
def test_error_data(index: Subject) -> None:
    ask(index, call_of("project.get", {"name": "conformance-kit-no-such-project"}))
    ask(index, call_of("release.get", {"name": index.sample, "version": "9999"}))
    for call, error in _errors(index):
        if error["code"] > 0:
            wrong = next(faults(error.get("data"), _ERROR_DATA, {}, "data"), None)
            assert wrong is None, f"In an error of {call.get('method')} {wrong}."


@claim.must("invalid-problems", _PROTOCOL, "An error that says *invalid* has at least one problem")
def test_invalid_problems(index: Subject) -> None:
    ask(index, call_of("project.get", {"name": "-no-name-"}))
    for call, error in _errors(index):
        if error["code"] == _INVALID:
            problems = (error.get("data") or {}).get("problems")
            assert problems, f"One of {call.get('method')} has {problems!r}."


@claim.must("declared-errors", _PROTOCOL, "A method ends with no error but those that the document names")
def test_declared_errors(index: Subject) -> None:
    methods = methods_of(index)
    for call, error in _errors(index):
        method = methods.get(str(call.get("method")))
        if method is not None and error["code"] > 0:
            declared = {each.get("code") for each in method.get("errors", ())}
            assert error["code"] in declared, f"{method['name']} is answered with {error['code']}."


def _errors(index: Subject) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    return [
        (call, answer["error"]) for call, answer in index.answers if isinstance(answer.get("error"), dict)
    ]


# -------------------------------------------------------------------- serials


def _agree(index: Subject, read: dict[str, int | None], wanted: int) -> None:
    for what, found in read.items():
        assert found is None or found == wanted, f"{what} is {found}, and index.status says {wanted}."


@claim.must("one-serial", _PROTOCOL, "The newest serial is the same in every interface")
def test_one_serial(index: Subject) -> None:
    for _ in range(_ATTEMPTS):
        before = int(result_of(index, "index.status")["serial"])
        read = {
            "the end of changes.since": _last_of_changes(index, before),
            "X-PyPI-Last-Serial of the list": _header_of(index, index.list_url),
            "_last-serial of the list": _meta_serial(index),
            "the end of the change feed": _last_of_feed(index, before),
            "changelog_last_serial": _xml_rpc(index, "changelog_last_serial"),
        }
        if int(result_of(index, "index.status")["serial"]) == before:
            return _agree(index, read, before)
    raise NotChecked("The index changes too fast to be looked at.")


@claim.must("project-serial", _PROTOCOL, "The serial of a project is the same in every interface")
def test_project_serial(index: Subject) -> None:
    name = index.sample
    wanted = int(result_of(index, "project.get", {"name": name})["serial"])
    read = {
        "X-PyPI-Last-Serial of its page": _header_of(index, index.project_url(name)),
        "last_serial of the legacy JSON": (_legacy_json(index, name) or {}).get("last_serial"),
        "its newest entry of the journal": _newest_entry(index, name),
    }
    for what, found in read.items():
        assert found is None or found == wanted, f"{what} is {found}, and project.get says {wanted}."


def _newest_entry(index: Subject, name: str) -> int | None:
    display_name = result_of(index, "project.get", {"name": name})["display_name"]
    serials = [each["serial"] for each in _newest_changes(index) if each["project"] == display_name]
    return max(serials, default=None)


def _last_of_changes(index: Subject, serial: int) -> int:
    page = result_of(index, "changes.since", {"serial": max(0, serial - 1)})
    return int(page["changes"][-1]["serial"]) if page["changes"] else serial


def _last_of_feed(index: Subject, serial: int) -> int | None:
    entries = _feed(index, max(0, serial - 1))
    return int(entries[-1]["serial"]) if entries else None


def _header_of(index: Subject, url: str) -> int | None:
    found = index.get(url, accept=JSON_TYPE).headers.get("x-pypi-last-serial", "")
    return int(found) if found.isdecimal() else None


def _meta_serial(index: Subject) -> int | None:
    response = index.get(index.list_url, accept=JSON_TYPE)
    return response.json().get("meta", {}).get("_last-serial") if is_json(response) else None


def _legacy_json(index: Subject, name: str) -> dict[str, Any] | None:
    response = index.get(index.url(f"pypi/{name}/json"), accept="application/json")
    found: dict[str, Any] | None = response.json() if response.status_code == 200 else None
    return found


def _feed(index: Subject, since: int) -> list[dict[str, Any]] | None:
    url = index.url(f"changes?since={since}&limit={_ENTRIES}")
    response = index.get(url, accept="application/json")
    if response.status_code != 200 or not is_json(response):
        return None
    found: list[dict[str, Any]] = response.json().get("changes")
    return found


def _xml_rpc(index: Subject, method: str, *arguments: Any) -> Any:
    """Call a method of XML-RPC; nothing where that is not spoken."""
    body = xmlrpc.client.dumps(arguments, method, allow_none=True).encode()
    for place in (index.options.xmlrpc_url or "pypi", "RPC2"):
        response = index.send("POST", index.url(place), {"Content-Type": "text/xml"}, body)
        if response.status_code == 200:
            try:
                return xmlrpc.client.loads(response.content, use_builtin_types=True)[0][0]
            except xmlrpc.client.Fault:
                return None
    return None


# -------------------------------------------------------------------- journal


def _newest_changes(index: Subject) -> list[dict[str, Any]]:
    since = max(0, int(result_of(index, "index.status")["serial"]) - _ENTRIES)
    changes: list[dict[str, Any]] = result_of(index, "changes.since", {"serial": since, "limit": _ENTRIES})[
        "changes"
    ]
    return changes


@claim.must("serial-each", _PROTOCOL, "Each entry of the journal has a serial of its own")
def test_serial_each(index: Subject) -> None:
    serials = [each["serial"] for each in _newest_changes(index)]
    assert len({*serials}) == len(serials), "Two entries share one."


@claim.must("feed", _PROTOCOL, "The change feed and `changes.since` have the same entries")
def test_feed(index: Subject) -> None:
    wanted = _newest_changes(index)
    if not wanted:
        raise NotChecked("There are no changes yet.")
    found = _feed(index, wanted[0]["serial"] - 1)
    offered(found is not None, "There is no change feed.")
    assert [_entry(each) for each in found or ()][: len(wanted)] == [_entry(each) for each in wanted], (
        "They differ."
    )


@claim.must("changelog", _PROTOCOL, "XML-RPC and `changes.since` have the same entries")
def test_changelog(index: Subject) -> None:
    wanted = _newest_changes(index)
    if not wanted:
        raise NotChecked("There are no changes yet.")
    found = _xml_rpc(index, "changelog_since_serial", wanted[0]["serial"] - 1)
    offered(isinstance(found, list), "There is no changelog_since_serial.")
    told = [(each[0], each[1], each[3], each[4]) for each in found][: len(wanted)]
    assert told == [_entry(each) for each in wanted], "They differ."


def _entry(change: Mapping[str, Any]) -> tuple[object, ...]:
    return change["project"], change["version"], change["action"], change["serial"]


# -------------------------------------------------------------------- files


@claim.must("files", _PROTOCOL, "Every interface lists the same files, with the same digests")
def test_files(index: Subject) -> None:
    name = index.sample
    wanted = {each.filename: each.hashes.get("sha256") for each in files_of(index, name).values()}
    versions = [
        each["version"] for each in result_of(index, "release.list", {"name": name, "limit": 100})["releases"]
    ]
    read: dict[str, dict[str, str]] = {"release.get": {}}
    for version in versions:
        release = result_of(index, "release.get", {"name": name, "version": version})
        read["release.get"] |= {each["filename"]: each["hashes"]["sha256"] for each in release["files"]}
        for each in _xml_rpc(index, "release_urls", name, version) or ():
            read.setdefault("release_urls", {})[each["filename"]] = each.get("sha256_digest", "")
    if (document := _legacy_json(index, name)) is not None:
        read["the legacy JSON"] = {
            each["filename"]: each["digests"]["sha256"]
            for files in document["releases"].values()
            for each in files
        }
    for what, found in read.items():
        assert found == wanted, f"{what} differs in {sorted({*found.items()} ^ {*wanted.items()})[:1]}."
