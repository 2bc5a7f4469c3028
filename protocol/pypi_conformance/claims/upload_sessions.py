"""Upload sessions: the files of a release, sent piece by piece and visible all at once."""

from __future__ import annotations

import hashlib

import httpx

from pypi_conformance.calling import (
    ask,
    call_of,
    expect_credentials_wanted,
    methods_of,
    offers,
    refused,
    result_of,
)
from pypi_conformance.distributions import zip_of
from pypi_conformance.pages import offered
from pypi_conformance.publishing import new_publication
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.sending import arrived, send
from pypi_conformance.sessions import (
    announcement,
    begun,
    broken,
    named,
    new_release,
    problem_fields,
    send_all,
    state_of,
    url_of,
    visible,
)
from pypi_conformance.subject import Subject

claim = Claims(Level.UPLOAD_SESSIONS)

_PROTOCOL = "our protocol"
_NOT_FOUND, _CONFLICT = 1001, 1009
_NO_SESSION = "0" * 32


def is_offered(index: Subject) -> bool:
    """Return whether there is a method that begins one; without credentials nothing is tried."""
    if not index.options.writes:
        raise NotChecked("Without credentials nothing is published: give --token.")
    return offers(index, "upload.begin")


# -------------------------------------------------------------------- beginning


@claim.must(
    "begin",
    _PROTOCOL,
    "`upload.begin` returns an open session, with a URL for each file, of which nothing has arrived",
)
def test_begin(index: Subject) -> None:
    wheel, sdist = new_release(index, "3.1")
    with begun(index, wheel, sdist) as session:
        assert session["state"] == "open", f"Its state is {session['state']!r}."
        for each in (wheel, sdist):
            received = arrived(index, url_of(index, session, each))
            assert received == 0, f"Of {each.filename} {received} bytes are said to have arrived."


@claim.must("begin-refusals", _PROTOCOL, "`upload.begin` refuses what can be known without the bytes")
def test_begin_refusals(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.2")
    whole = announcement([wheel])
    (file,) = whole["files"]
    changes: dict[str, dict[str, object]] = {
        "a file of another project": {"filename": f"conformance_other_{wheel.filename}"},
        "a file of another version": {"filename": wheel.filename.replace("-3.2-", "-3.3-")},
        "a path": {"filename": f"../{wheel.filename}"},
        "what is no distribution": {"filename": "notes.txt"},
        "a size below zero": {"size": -1},
        "a size of zero": {"size": 0},
        "a digest that is none": {"sha256": "0123"},
    }
    announced = {what: [{**file, **changed}] for what, changed in changes.items()}
    announced["no files"] = []
    announced["a file twice"] = [file, file]
    announced["more than 100 files"] = [
        {**file, "filename": file["filename"].replace("py3-none-any", f"py3.py{each}-none-any")}
        for each in range(101)
    ]
    for what, files in announced.items():
        answer = ask(index, call_of("upload.begin", {**whole, "files": files}))
        if "result" in answer:
            ask(index, call_of("upload.cancel", named(answer["result"])))
        assert "error" in answer, f"It takes {what}."


@claim.must(
    "one-session",
    _PROTOCOL,
    "A second session for a release is a conflict, which names the first to callers who may use it",
)
def test_one_session(index: Subject) -> None:
    wheel, sdist = new_release(index, "3.3")
    with begun(index, wheel) as session:
        error = refused(index, "upload.begin", announcement([sdist]))
        data = error.get("data") or {}
        assert error.get("code") == _CONFLICT, f"The error is {error.get('code')}, not {_CONFLICT}."
        assert data.get("code") == "upload-session-exists", f"It says {data.get('code')!r}."
        assert data.get("session") == session["session"], f"It names the session {data.get('session')!r}."


@claim.must("anonymous", _PROTOCOL, "The name of a session is not enough: nothing goes without credentials")
def test_anonymous(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.4")
    with begun(index, wheel) as session:
        url = url_of(index, session, wheel)
        for method, body in (("HEAD", None), ("PUT", wheel.content)):
            status = index.send(method, url, body=body, anonymous=True).status_code
            assert status in {401, 403}, f"{method} without credentials is answered with {status}."
        assert arrived(index, url) == 0, "Bytes without credentials were taken."
        for method in ("upload.status", "release.publish", "upload.cancel"):
            expect_credentials_wanted(index, method, named(session))


# -------------------------------------------------------------------- sending


@claim.must("offset", _PROTOCOL, "`PUT` and `HEAD` say in `Upload-Offset` how many bytes have arrived")
def test_offset(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.5")
    with begun(index, wheel) as session:
        url = url_of(index, session, wheel)
        response = send(index, url, wheel.content[:100])
        found = (response.status_code, response.headers.get("upload-offset"))
        assert found == (204, "100"), f"100 bytes are answered with {found[0]}, Upload-Offset: {found[1]}."
        assert arrived(index, url) == 100, f"HEAD says that {arrived(index, url)} of 100 bytes have arrived."
        (file,) = result_of(index, "upload.status", named(session))["files"]
        assert file["received"] == 100, f"upload.status says {file['received']}."


@claim.must(
    "wrong-offset", _PROTOCOL, "Bytes that begin elsewhere are a 409 with the right offset, and not taken"
)
def test_wrong_offset(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.6")
    with begun(index, wheel) as session:
        url = url_of(index, session, wheel)
        send(index, url, wheel.content[:100])
        for offset in (0, 99, 101):
            response = send(index, url, wheel.content[offset:], offset)
            found = (response.status_code, response.headers.get("upload-offset"))
            assert found == (409, "100"), f"{offset} is answered with {found[0]}, Upload-Offset: {found[1]}."
        assert arrived(index, url) == 100, "Some of them were taken."


@claim.must("resume", _PROTOCOL, "A file may come in parts")
def test_resume(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.7")
    with begun(index, wheel) as session:
        url = url_of(index, session, wheel)
        for begin, end in ((0, 1), (1, 200), (200, len(wheel.content))):
            status = send(index, url, wheel.content[begin:end], begin).status_code
            assert status == 204, f"The part from {begin} to {end} is answered with {status}."
        state = result_of(index, "upload.complete", named(session))["state"]
        assert state == "completed", f"Then the session is {state!r}."


@claim.must("too-long", _PROTOCOL, "More bytes than announced are a 413")
def test_too_long(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.8")
    with begun(index, wheel) as session:
        status = send(index, url_of(index, session, wheel), wheel.content + b"x").status_code
        assert status == 413, f"They are answered with {status}."


@claim.must(
    "digest", _PROTOCOL, "Bytes with another digest than announced are refused, and may be sent again from 0"
)
def test_digest(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.9")
    with begun(index, wheel) as session:
        url = url_of(index, session, wheel)
        status = send(index, url, wheel.content[:-1] + b"x").status_code
        assert 400 <= status < 500, f"They are answered with {status}."
        assert arrived(index, url) == 0, "They count as arrived."
        send_all(index, session, wheel)


@claim.must("bad-offset", _PROTOCOL, "An `Upload-Offset` that is not a number is a 400, and nothing is taken")
def test_bad_offset(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.17")
    with begun(index, wheel) as session:
        url = url_of(index, session, wheel)
        for offset in ("first", "-1", "1.0"):
            status = index.send("PUT", url, {"Upload-Offset": offset}, wheel.content[:10]).status_code
            assert status == 400, f"{offset} is answered with {status}."
        assert arrived(index, url) == 0, "Some bytes were taken."


@claim.must("unknown", _PROTOCOL, "A session that does not exist is not found, by a method and by `PUT`")
def test_unknown(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.18")
    error = refused(index, "upload.status", {"session": _NO_SESSION})
    found = (error.get("code"), (error.get("data") or {}).get("code"))
    assert found == (_NOT_FOUND, "upload-session-not-found"), f"upload.status is answered with {found}."
    with begun(index, wheel) as session:
        url = url_of(index, session, wheel)
        for other in (url.replace(session["session"], _NO_SESSION), f"{url}.other"):
            status = send(index, other, wheel.content).status_code
            assert status == 404, f"PUT of {other} is answered with {status}."


@claim.must("not-readable", _PROTOCOL, "Bytes that have arrived cannot be read before they are published")
def test_not_readable(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.10")
    with begun(index, wheel) as session:
        send_all(index, session, wheel)
        response = index.get(url_of(index, session, wheel))
        assert not (response.is_success and response.content), "GET of its URL is answered with bytes."


# -------------------------------------------------------------------- completing and publishing


@claim.must(
    "incomplete", _PROTOCOL, "`upload.complete` names each file that has not arrived; the session stays open"
)
def test_incomplete(index: Subject) -> None:
    wheel, sdist = new_release(index, "3.11")
    with begun(index, wheel, sdist) as session:
        send(index, url_of(index, session, wheel), wheel.content[:100])
        error = refused(index, "upload.complete", named(session))
        found = problem_fields(error)
        assert found == {wheel.filename, sdist.filename}, f"It names {sorted(found)}."
        code = (error.get("data") or {}).get("code")
        assert code == "upload-incomplete", f"The code is {code!r}."
        assert state_of(index, session) == "open", f"Then the session is {state_of(index, session)!r}."


@claim.must(
    "problems", _PROTOCOL, "`upload.complete` reports the problems of all files, not only of the first"
)
def test_problems(index: Subject) -> None:
    wheel, sdist = map(broken, new_release(index, "3.12"))
    with begun(index, wheel, sdist) as session:
        send_all(index, session, wheel, sdist)
        found = problem_fields(refused(index, "upload.complete", named(session)))
        assert found == {wheel.filename, sdist.filename}, f"It names {sorted(found)}."


@claim.must("problems-remembered", _PROTOCOL, "`upload.status` reports what the last check found")
def test_problems_remembered(index: Subject) -> None:
    wheel = broken(new_release(index, "3.19")[0])
    with begun(index, wheel) as session:
        send_all(index, session, wheel)
        error = refused(index, "upload.complete", named(session))
        status = result_of(index, "upload.status", named(session))
        assert status["state"] == "open", f"The session is {status['state']!r}."
        wanted = (error.get("data") or {}).get("problems")
        assert status["problems"] == wanted, f"upload.status tells {len(status['problems'])} problems."


@claim.must("completed-closed", _PROTOCOL, "A completed session takes no other bytes, and can be published")
def test_completed_closed(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.20")
    with begun(index, wheel) as session:
        send_all(index, session, wheel)
        result_of(index, "upload.complete", named(session))
        url, size = url_of(index, session, wheel), len(wheel.content)
        response = send(index, url, b"x" * size)
        found = (response.status_code, response.headers.get("upload-offset"))
        assert found == (409, str(size)), f"Bytes from 0 on are answered with {found}."
        result_of(index, "release.publish", named(session))
        assert visible(index, wheel), "It is not on the page."


@claim.must("published-closed", _PROTOCOL, "A published session takes no bytes and cannot be cancelled")
def test_published_closed(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.21")
    with begun(index, wheel) as session:
        send_all(index, session, wheel)
        result_of(index, "release.publish", named(session))
        url = url_of(index, session, wheel)
        response = send(index, url, wheel.content)
        told = (response.status_code, response.headers.get("upload-offset"))
        assert told == (409, None), f"Bytes are answered with {told[0]}, Upload-Offset: {told[1]}."
        assert arrived(index, url) == len(wheel.content), "HEAD does not give the size of the file."
        error = refused(index, "upload.cancel", named(session))
        found = (error.get("code"), (error.get("data") or {}).get("code"))
        assert found == (_CONFLICT, "upload-session-closed"), f"upload.cancel is answered with {found}."
        state = result_of(index, "upload.complete", named(session))["state"]
        assert state == "published", f"upload.complete says that it is {state!r}."


@claim.must("nothing-published", _PROTOCOL, "Where one file is wrong, none is published")
def test_nothing_published(index: Subject) -> None:
    wheel, sdist = new_release(index, "3.13")
    cut = broken(sdist)
    with begun(index, wheel, cut) as session:
        send_all(index, session, wheel, cut)
        refused(index, "release.publish", named(session))
        assert not visible(index, wheel, sdist), f"{visible(index, wheel, sdist)} is on the page."


@claim.must(
    "publish",
    _PROTOCOL,
    "Nothing is visible before `release.publish`, and all files are with the next request",
)
def test_publish(index: Subject) -> None:
    wheel, sdist = new_release(index, "3.14")
    with begun(index, wheel, sdist) as session:
        send_all(index, session, wheel, sdist)
        result_of(index, "upload.complete", named(session))
        assert not visible(index, wheel, sdist), f"{visible(index, wheel, sdist)} is on the page too early."
        state = result_of(index, "release.publish", named(session))["state"]
        assert state == "published", f"Then the session is {state!r}."
        found = visible(index, wheel, sdist)
        assert len(found) == 2, f"Of two files {len(found)} are on the page."


@claim.must("publish-again", _PROTOCOL, "Publishing again succeeds and changes nothing")
def test_publish_again(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.15")
    with begun(index, wheel) as session:
        send_all(index, session, wheel)
        result_of(index, "release.publish", named(session))
        before = result_of(index, "index.status")["serial"]
        state = result_of(index, "release.publish", named(session))["state"]
        assert state == "published", f"Then the session is {state!r}."
        after = result_of(index, "index.status")["serial"]
        assert after == before, f"The serial went on from {before} to {after}."


@claim.must("documentation", _PROTOCOL, "Documentation of a session is published with its files, in one step")
def test_documentation(index: Subject) -> None:
    parameters = {each["name"] for each in methods_of(index)["upload.begin"]["params"]}
    offered("documentation" in parameters, "upload.begin takes no documentation.")
    # Of a project of its own: what is the latest documentation of the other one is looked at elsewhere.
    wheel = new_publication().wheel
    archive = zip_of({"index.html": b"<h1>with its release</h1>"})
    said = {"size": len(archive), "sha256": hashlib.sha256(archive).hexdigest()}
    session = result_of(index, "upload.begin", {**announcement([wheel]), "documentation": said})
    urls = {each["kind"]: each["url"] for each in session["files"]}
    send_all(index, session, wheel)
    found = problem_fields(refused(index, "release.publish", named(session)))
    assert found == {"documentation.zip"}, f"Before its bytes have arrived the problems are about {found}."
    assert not visible(index, wheel), "A file is on the page without the documentation."
    send(index, index.url(urls["documentation"]), archive)
    result_of(index, "release.publish", named(session))
    assert visible(index, wheel), "The file is not on the page."
    name = announcement([wheel])["name"]
    documented = {each["version"] for each in result_of(index, "docs.list", {"name": name})["versions"]}
    assert documented == {"1.0"}, f"Of {sorted(documented)} there is documentation."


# -------------------------------------------------------------------- ending


@claim.must("cancel", _PROTOCOL, "`upload.cancel` ends a session: it takes no bytes, and another may begin")
def test_cancel(index: Subject) -> None:
    wheel, _sdist = new_release(index, "3.16")
    session = result_of(index, "upload.begin", announcement([wheel]))
    state = result_of(index, "upload.cancel", named(session))["state"]
    assert state == "cancelled", f"Then the session is {state!r}."
    response: httpx.Response = send(index, url_of(index, session, wheel), wheel.content)
    assert 400 <= response.status_code < 500, f"Bytes are answered with {response.status_code}."
    error = refused(index, "release.publish", named(session))
    found = (error.get("code"), (error.get("data") or {}).get("code"))
    assert found == (_CONFLICT, "upload-session-closed"), f"release.publish is answered with {found}."
    state = result_of(index, "upload.cancel", named(session))["state"]
    assert state == "cancelled", f"Cancelled again it is {state!r}."
    with begun(index, wheel) as another:
        assert another["session"] != session["session"], "The next session has the same name."
