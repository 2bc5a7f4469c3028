"""Projects that the kit makes for one check, and what it does with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from pypi_conformance.calling import answer_to, methods_of, result_of
from pypi_conformance.distributions import Distribution, build_sdist, build_wheel
from pypi_conformance.pages import JSON_TYPE, Listed, listed_in_json, offered
from pypi_conformance.publishing import CONTENT_TYPE, Publication, form_of, new_publication
from pypi_conformance.registry import NotChecked
from pypi_conformance.sessions import announcement, named, send_all
from pypi_conformance.subject import ACCEPT_ANY, Subject, listed

_NOT_THERE = {404, 405, 410, 501}


def needs(index: Subject, *methods: str) -> None:
    """
    Go on where the index has these methods.

    Raises:
        NotOffered: One of them is not there.
    """
    there = methods_of(index)
    for each in methods:
        offered(each in there, f"There is no {each}.")


def upload(index: Subject, file: Distribution, credentials: tuple[str, str] | None = None) -> httpx.Response:
    """Send a file by the upload API, as another account if need be."""
    headers = {"Content-Type": CONTENT_TYPE, "Accept": "text/plain"}
    return index.send("POST", index.upload_url, headers, form_of(file), credentials=credentials)


def publish(index: Subject, *files: Distribution) -> None:
    """
    Publish files of one release, by the upload API or where there is none by a session.

    Raises:
        AssertionError: They are refused.
    """
    for each in files:
        response = upload(index, each)
        if response.status_code in _NOT_THERE:
            session = result_of(index, "upload.begin", announcement(files))
            send_all(index, session, *files)
            result_of(index, "release.publish", named(session))
            return
        assert response.status_code == 200, f"{each.filename} is answered with {response.status_code}."


def new_project(index: Subject, *, with_sdist: bool = False) -> Publication:
    """
    Publish a project under a fresh name.

    Raises:
        AssertionError: It is refused.
    """
    made = new_publication()
    publish(index, *([made.wheel, made.sdist] if with_sdist else [made.wheel]))
    return made


def next_release(made: Publication, version: str) -> tuple[Distribution, Distribution]:
    """Return the files of another release of a project."""
    return build_wheel(made.name, version), build_sdist(made.name, version)


def page_of(index: Subject, name: str) -> Mapping[str, Any] | None:
    """Return the page of a project in JSON, asked for anew, or nothing where there is none."""
    response = index.follow("GET", index.project_url(name), {"Accept": JSON_TYPE})
    if response.status_code == 404:
        return None
    assert response.status_code == 200, f"The page of {name} answers {response.status_code}."
    page: Mapping[str, Any] = response.json()
    return page


def files_of(index: Subject, name: str) -> dict[str, Listed]:
    """Return the files that the page of a project lists now, by their names."""
    response = index.follow("GET", index.project_url(name), {"Accept": ACCEPT_ANY})
    return {each.filename: each for each in listed(response)} if response.status_code == 200 else {}


def files_in(page: Mapping[str, Any]) -> dict[str, Listed]:
    """Return the files of a page in JSON, by their names."""
    return {each.filename: each for each in listed_in_json(dict(page), "")}


def serial_of(index: Subject) -> int:
    """Return the serial of the newest entry of the journal."""
    return int(result_of(index, "index.status")["serial"])


def entries_since(index: Subject, serial: int, project: str) -> list[tuple[str, str | None]]:
    """Return action and version of what the journal says of a project after a serial."""
    changes = result_of(index, "changes.since", {"serial": serial, "limit": 1000})["changes"]
    return [(each["action"], each["version"]) for each in changes if each["project"] == project]


def as_administrator(index: Subject, method: str, params: Mapping[str, object]) -> None:
    """
    Call a method for which the account of the kit may not be mighty enough.

    Raises:
        NotChecked: It is not, and no administrator is known.
        AssertionError: An administrator is refused too.
    """
    answer = answer_to(index, method, params)
    if (answer.get("error") or {}).get("code") == 1003:
        if not index.options.admin_token:
            raise NotChecked("Only administrators may do that: give --admin-token.")
        answer = answer_to(index, method, params, credentials=("__token__", index.options.admin_token))
    assert "result" in answer, f"{method} is answered with {answer.get('error')}."


def error_code(answer: Mapping[str, Any]) -> int | None:
    """Return the number of the error with which a call was answered."""
    code = (answer.get("error") or {}).get("code")
    return None if code is None else int(code)


def data_code(answer: Mapping[str, Any]) -> str | None:
    """Return the stable code of the error with which a call was answered."""
    return ((answer.get("error") or {}).get("data") or {}).get("code")
