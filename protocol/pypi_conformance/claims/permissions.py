"""Who may do what: every method that changes something, without credentials and with too few rights."""

from __future__ import annotations

from collections.abc import Mapping

from pypi_conformance.calling import answer_to, ask, call_of, methods_of, offers, result_of
from pypi_conformance.pages import offered
from pypi_conformance.publishing import Publication
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.sessions import announcement, begun, named, url_of
from pypi_conformance.subject import Subject
from pypi_conformance.trials import data_code, error_code, needs, new_project, next_release, upload

claim = Claims(Level.PERMISSIONS)

_PROTOCOL = "our protocol"
_UNAUTHENTICATED, _FORBIDDEN = 1002, 1003
_DESCRIPTION = "made by a conformance kit"

Calls = Mapping[str, Mapping[str, object]]


def is_offered(index: Subject) -> bool:
    """Return whether there are methods that change something; without credentials nothing is tried."""
    if not index.options.writes:
        raise NotChecked("Without credentials there is nothing to be changed: give --token.")
    return offers(index, "project.create")


def _changing(index: Subject, made: Publication) -> dict[str, dict[str, object]]:
    """Return calls that would change *made*, by their methods, as far as the index has them."""
    project, release = {"name": made.name}, {"name": made.name, "version": "1.0"}
    file, status = {"filename": made.wheel.filename}, {"status": "archived"}
    own = result_of(index, "account.whoami")["username"]
    metadata = f"Metadata-Version: 2.1\nName: {made.name}\nVersion: 7.0\n"
    (_, sdist), size = next_release(made, "8.0"), {"size": 100, "sha256": "0" * 64}
    calls: dict[str, dict[str, object]] = {
        "project.create": {"name": f"{made.name}-more"},
        "project.set_status": {**project, **status},
        "project.add_role": {**project, "username": own, "role": "Owner"},
        "project.remove_role": {**project, "username": own},
        "release.yank": dict(release),
        "release.unyank": dict(release),
        "release.set_metadata": {"name": made.name, "version": "7.0", "metadata": metadata},
        "file.yank": dict(file),
        "file.unyank": dict(file),
        "upload.begin": announcement([sdist]),
        "docs.begin": {**release, **size},
        "docs.delete": dict(release),
        "file.delete": dict(file),
        "release.delete": dict(release),
        "project.delete": dict(project),
    }
    return {method: params for method, params in calls.items() if method in methods_of(index)}


def _narrow(index: Subject, **scope: object) -> tuple[tuple[str, str], str]:
    """Make a token that is narrowed, and return it as credentials with its identifier."""
    needs(index, "token.create", "token.revoke")
    made = result_of(index, "token.create", {"description": _DESCRIPTION, "scope": scope})
    return ("__token__", made["secret"]), made["token"]["id"]


def _refuses(
    index: Subject,
    calls: Calls,
    code: int,
    *,
    anonymous: bool = False,
    credentials: tuple[str, str] | None = None,
) -> None:
    """
    Check that calls are refused, each with an error of this family.

    Raises:
        AssertionError: One is carried out, or refused for another reason.
    """
    carried_out = []
    for method, params in calls.items():
        answer = answer_to(index, method, params, anonymous=anonymous, credentials=credentials)
        if error_code(answer) != code:
            carried_out.append(f"{method} is answered with {answer.get('error') or 'a result'}.")
    assert not carried_out, carried_out[0]


@claim.must("anonymous", _PROTOCOL, "Every method that changes something wants credentials")
def test_anonymous(index: Subject) -> None:
    calls = _changing(index, new_project(index))
    if "validate.metadata" in methods_of(index):
        calls["validate.metadata"] = {"metadata": "Name: x"}
    _refuses(index, calls, _UNAUTHENTICATED, anonymous=True)


@claim.must("narrow-actions", _PROTOCOL, "A token that may only read changes nothing")
def test_narrow_actions(index: Subject) -> None:
    made = new_project(index)
    credentials, identifier = _narrow(index, actions=["read"])
    try:
        _refuses(index, _changing(index, made), _FORBIDDEN, credentials=credentials)
        status = upload(index, made.sdist, credentials).status_code
        assert status == 403, f"An upload is answered with {status}."
    finally:
        _forget(index, identifier)


@claim.must("narrow-projects", _PROTOCOL, "A token for one project changes no other")
def test_narrow_projects(index: Subject) -> None:
    made, other = new_project(index), new_project(index)
    credentials, identifier = _narrow(index, projects=[other.project])
    try:
        _refuses(index, _changing(index, made), _FORBIDDEN, credentials=credentials)
        status = upload(index, made.sdist, credentials).status_code
        assert status == 403, f"An upload is answered with {status}."
        status = upload(index, other.sdist, credentials).status_code
        assert status == 200, f"An upload to its own project is answered with {status}."
    finally:
        _forget(index, identifier)


@claim.must("narrow-session", _PROTOCOL, "The name of a session is not enough for a token without `upload`")
def test_narrow_session(index: Subject) -> None:
    needs(index, "upload.begin")
    _, sdist = next_release(new_project(index), "6.0")
    credentials, identifier = _narrow(index, actions=["read", "yank"])
    try:
        with begun(index, sdist) as session:
            methods = ("upload.status", "upload.complete", "release.publish", "upload.cancel")
            _refuses(index, {each: named(session) for each in methods}, _FORBIDDEN, credentials=credentials)
            url = url_of(index, session, sdist)
            status = index.send("PUT", url, body=sdist.content, credentials=credentials).status_code
            assert status == 403, f"PUT is answered with {status}."
    finally:
        _forget(index, identifier)


def _forget(index: Subject, identifier: str) -> None:
    ask(index, call_of("token.revoke", {"id": identifier}))


# -------------------------------------------------------------------- another account


def _other(index: Subject) -> tuple[tuple[str, str], str]:
    """Return the credentials and the name of another account."""
    if not index.options.other_token:
        raise NotChecked("That takes another account: give --other-token.")
    credentials = ("__token__", index.options.other_token)
    answer = answer_to(index, "account.whoami", {}, credentials=credentials)
    assert "result" in answer, f"account.whoami with --other-token is answered with {answer.get('error')}."
    return credentials, answer["result"]["username"]


@claim.must("others", _PROTOCOL, "An account without a role in a project changes nothing of it")
def test_others(index: Subject) -> None:
    credentials, _ = _other(index)
    made = new_project(index)
    calls = _changing(index, made)
    calls.pop("project.create", None)
    _refuses(index, calls, _FORBIDDEN, credentials=credentials)
    status = upload(index, made.sdist, credentials).status_code
    assert status == 403, f"An upload is answered with {status}."


@claim.must("maintainers", _PROTOCOL, "A maintainer uploads and yanks, and neither deletes nor manages")
def test_maintainers(index: Subject) -> None:
    needs(index, "project.add_role", "project.remove_role")
    credentials, username = _other(index)
    made = new_project(index)
    role = {"name": made.name, "username": username}
    result_of(index, "project.add_role", {**role, "role": "Maintainer"})
    calls = _changing(index, made)
    managing = ("project.set_status", "project.add_role", "file.delete", "release.delete", "project.delete")
    _refuses(
        index, {each: calls[each] for each in managing if each in calls}, _FORBIDDEN, credentials=credentials
    )
    answer = answer_to(index, "release.yank", calls["release.yank"], credentials=credentials)
    assert "result" in answer, f"release.yank is answered with {answer.get('error')}."
    status = upload(index, made.sdist, credentials).status_code
    assert status == 200, f"An upload is answered with {status}."
    result_of(index, "project.remove_role", role)
    _refuses(index, {"release.unyank": calls["release.unyank"]}, _FORBIDDEN, credentials=credentials)


@claim.must("others-session", _PROTOCOL, "An account without the permission to upload cannot use a session")
def test_others_session(index: Subject) -> None:
    needs(index, "upload.begin")
    credentials, _ = _other(index)
    wheel, _ = next_release(new_project(index), "6.1")
    with begun(index, wheel) as session:
        for method in ("upload.status", "release.publish", "upload.cancel"):
            _refuses(index, {method: named(session)}, _FORBIDDEN, credentials=credentials)
        status = index.send(
            "PUT", url_of(index, session, wheel), body=wheel.content, credentials=credentials
        ).status_code
        assert status == 403, f"PUT is answered with {status}."


@claim.must("codes", _PROTOCOL, "The code says whether credentials are missing or do not suffice")
def test_codes(index: Subject) -> None:
    made = new_project(index)
    call = {"name": made.name, "version": "1.0"}
    needs(index, "release.yank")
    found = data_code(answer_to(index, "release.yank", call, anonymous=True))
    assert found in {None, "unauthenticated"}, f"Without credentials it is {found!r}."
    offered("token.create" in methods_of(index), "There is no token.create.")
    credentials, identifier = _narrow(index, actions=["read"])
    found = data_code(answer_to(index, "release.yank", call, credentials=credentials))
    _forget(index, identifier)
    assert found in {None, "not-allowed"}, f"With a token that does not suffice it is {found!r}."
