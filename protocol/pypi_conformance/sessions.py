"""Upload sessions as their owner handles them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from pypi_conformance.calling import ask, call_of, result_of
from pypi_conformance.distributions import Distribution, build_sdist, build_wheel
from pypi_conformance.publishing import new_publication
from pypi_conformance.sending import send
from pypi_conformance.subject import ACCEPT_ANY, Subject, listed


def new_release(index: Subject, version: str) -> tuple[Distribution, Distribution]:
    """Return the files of a release of which nothing was published yet."""
    name = (index.publication or new_publication()).name
    return build_wheel(name, version), build_sdist(name, version)


def broken(file: Distribution) -> Distribution:
    """Return a file that breaks off."""
    return msgspec.structs.replace(file, content=file.content[: len(file.content) // 2])


def announcement(files: Sequence[Distribution]) -> dict[str, Any]:
    """Return the parameters of `upload.begin`."""
    said = dict(files[0].fields)
    announced = [
        {"filename": each.filename, "size": len(each.content), "sha256": each.sha256} for each in files
    ]
    return {"name": said["name"], "version": said["version"], "files": announced}


@contextmanager
def begun(index: Subject, *files: Distribution) -> Iterator[dict[str, Any]]:
    """Begin a session, and give it up in the end if it is live then."""
    session = result_of(index, "upload.begin", announcement(files))
    try:
        yield session
    finally:
        ask(index, call_of("upload.cancel", named(session)))


def named(session: Mapping[str, Any]) -> dict[str, object]:
    """Return the parameters of all other methods."""
    return {"session": session["session"]}


def url_of(index: Subject, session: Mapping[str, Any], file: Distribution) -> str:
    """Return the address that takes the bytes of a file."""
    (url,) = [each["url"] for each in session["files"] if each["filename"] == file.filename]
    return index.url(url)


def send_all(index: Subject, session: Mapping[str, Any], *files: Distribution) -> None:
    """
    Send files whole.

    Raises:
        AssertionError: One is not taken.
    """
    for each in files:
        response = send(index, url_of(index, session, each), each.content)
        assert response.status_code == 204, f"{each.filename} is answered with {response.status_code}."


def state_of(index: Subject, session: Mapping[str, Any]) -> str:
    """Ask for the state of a session."""
    return str(result_of(index, "upload.status", named(session))["state"])


def visible(index: Subject, *files: Distribution) -> set[str]:
    """Return which of the files are on the project's page, asked for anew."""
    response = index.follow("GET", index.project_url(dict(files[0].fields)["name"]), {"Accept": ACCEPT_ANY})
    there = {each.filename for each in listed(response)} if response.status_code == 200 else set()
    return {each.filename for each in files} & there


def problem_fields(error: Mapping[str, Any]) -> set[str]:
    """Return what the problems of an error are about: here names of files."""
    return {each["field"] for each in (error.get("data") or {}).get("problems", ())}
