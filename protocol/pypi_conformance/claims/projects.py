"""What becomes of projects, releases and files when their owner changes something."""

from __future__ import annotations

from itertools import zip_longest

from pypi_conformance.calling import answer_to, offers, refused, result_of
from pypi_conformance.distributions import build_sdist, build_wheel
from pypi_conformance.publishing import Publication, new_publication
from pypi_conformance.registry import Claims, Level, NotChecked
from pypi_conformance.sessions import announcement, named
from pypi_conformance.subject import Subject
from pypi_conformance.trials import (
    as_administrator,
    data_code,
    entries_since,
    error_code,
    files_in,
    files_of,
    needs,
    new_project,
    next_release,
    page_of,
    publish,
    serial_of,
    upload,
)

claim = Claims(Level.PROJECTS)

_PROTOCOL = "our protocol"
_NOT_FOUND, _UNAUTHENTICATED, _FORBIDDEN, _CONFLICT = 1001, 1002, 1003, 1009
_NOBODY = "conformance-kit-no-such-account"


def is_offered(index: Subject) -> bool:
    """Return whether there are methods that change projects; without credentials nothing is tried."""
    if not index.options.writes:
        raise NotChecked("Without credentials nothing is changed: give --token.")
    return offers(index, "project.create")


def _wheel(made: Publication) -> dict[str, object]:
    return {"filename": made.wheel.filename}


def _status_of(index: Subject, name: str) -> str | None:
    page = page_of(index, name)
    assert page is not None, "The page is gone."
    found = page.get("project-status", {}).get("status")
    return None if found is None else str(found)


# -------------------------------------------------------------------- creating and deleting


@claim.must("create", _PROTOCOL, "A new project has the name its creator chose, and no release")
def test_create(index: Subject) -> None:
    name = new_publication().name
    created = result_of(index, "project.create", {"name": name})
    found = result_of(index, "project.get", {"name": name})
    assert created["display_name"] == found["display_name"] == name, f"It is {found['display_name']!r}."
    assert (found["version"], found["metadata"], found["files"]) == (None, None, []), "It has a release."
    page = page_of(index, created["name"])
    assert page is not None and page["files"] == [], "It has no page, or files on it."


@claim.must("create-again", _PROTOCOL, "A name that is taken in any spelling is a conflict")
def test_create_again(index: Subject) -> None:
    name = new_publication().name
    result_of(index, "project.create", {"name": name})
    for spelling in (name, name.upper().replace(".", "_")):
        answer = answer_to(index, "project.create", {"name": spelling})
        found = (error_code(answer), data_code(answer))
        assert found == (_CONFLICT, "project-already-exists"), f"{spelling} is answered with {found}."


@claim.must("delete", _PROTOCOL, "A deleted project is gone from every list, and its name is free")
def test_delete(index: Subject) -> None:
    needs(index, "project.delete")
    made = new_project(index)
    result_of(index, "project.delete", {"name": made.name})
    assert page_of(index, made.project) is None, "It has a page still."
    found = error_code(answer_to(index, "project.get", {"name": made.name}))
    assert found == _NOT_FOUND, f"project.get is answered with {found}."
    result_of(index, "project.create", {"name": made.name})


@claim.must("delete-names", _PROTOCOL, "The names of files of a deleted project are never free again")
def test_delete_names(index: Subject) -> None:
    needs(index, "project.delete")
    made = new_project(index)
    result_of(index, "project.delete", {"name": made.name})
    _expect_used(index, made)


@claim.must("release-delete", _PROTOCOL, "A deleted release is gone, and the names of its files are not free")
def test_release_delete(index: Subject) -> None:
    needs(index, "release.delete")
    made = new_project(index)
    release = {"name": made.name, "version": "1.0"}
    result_of(index, "release.delete", release)
    found = error_code(answer_to(index, "release.get", release))
    assert found == _NOT_FOUND, f"release.get is answered with {found}."
    assert not files_of(index, made.project), "Its files are on the page."
    _expect_used(index, made)


@claim.must("file-delete", _PROTOCOL, "A deleted file is gone from every list, and `file.status` says so")
def test_file_delete(index: Subject) -> None:
    needs(index, "file.delete")
    made = new_project(index, with_sdist=True)
    url = files_of(index, made.project)[made.wheel.filename].url
    result_of(index, "file.delete", _wheel(made))
    assert [*files_of(index, made.project)] == [made.sdist.filename], "It is on the page, or another is not."
    found = error_code(answer_to(index, "file.get", _wheel(made)))
    assert found == _NOT_FOUND, f"file.get is answered with {found}."
    status = index.follow("GET", url).status_code
    assert status == 404, f"Its URL is answered with {status}."
    state = result_of(index, "file.status", _wheel(made))["state"]
    assert state == "deleted", f"Its state is {state!r}."


@claim.must("file-name-used", _PROTOCOL, "The name of a deleted file is never free again, for no bytes")
def test_file_name_used(index: Subject) -> None:
    needs(index, "file.delete")
    made = new_project(index)
    result_of(index, "file.delete", _wheel(made))
    _expect_used(index, made)


def _expect_used(index: Subject, made: Publication) -> None:
    """Check that the name of the wheel is refused, with its own bytes and with others."""
    for file in (made.wheel, build_wheel(made.name, "1.0", note=" else")):
        status = upload(index, file).status_code
        assert status != 200, "The upload API takes its name again."
        if offers(index, "upload.begin"):
            answer = answer_to(index, "upload.begin", announcement([file]))
            if "result" in answer:
                answer_to(index, "upload.cancel", named(answer["result"]))
            found = data_code(answer)
            assert found == "filename-previously-used", f"upload.begin is answered with {found}."


@claim.must("second-sdist", _PROTOCOL, "A release takes one source distribution and no other")
def test_second_sdist(index: Subject) -> None:
    made = new_project(index, with_sdist=True)
    # The same version in another spelling, so that the name is free.
    status = upload(index, build_sdist(made.name, "1.0.0")).status_code
    assert status == 400, f"Another one is answered with {status}."
    assert len(files_of(index, made.project)) == 2, "It is on the page."


# -------------------------------------------------------------------- yanking


@claim.must("yank", _PROTOCOL, "A yanked release is marked wherever it is shown, with the reason")
def test_yank(index: Subject) -> None:
    needs(index, "release.yank", "release.unyank")
    made = new_project(index)
    release = {"name": made.name, "version": "1.0"}
    result_of(index, "release.yank", {**release, "reason": "it is broken"})
    found = files_of(index, made.project)[made.wheel.filename].yanked
    assert found == "it is broken", f"The page says {found!r}."
    shown = result_of(index, "release.get", release)
    assert shown["yanked"] == "it is broken", f"release.get says {shown['yanked']!r}."
    state = result_of(index, "file.status", _wheel(made))["state"]
    assert state == "yanked", f"file.status says {state!r}."
    result_of(index, "release.unyank", release)
    found = files_of(index, made.project)[made.wheel.filename].yanked
    assert found is None, f"After unyanking the page says {found!r}."


@claim.must("yank-latest", _PROTOCOL, "The latest release is one that is not yanked, where there is one")
def test_yank_latest(index: Subject) -> None:
    needs(index, "release.yank")
    made = new_project(index)
    publish(index, next_release(made, "2.0")[1])
    result_of(index, "release.yank", {"name": made.name, "version": "2.0"})
    found = result_of(index, "project.get", {"name": made.name})["version"]
    assert found == "1.0", f"It is {found}."


@claim.must("yank-file", _PROTOCOL, "A file that is yanked alone is marked alone, and its reason comes first")
def test_yank_file(index: Subject) -> None:
    needs(index, "file.yank", "release.yank")
    made = new_project(index, with_sdist=True)
    result_of(index, "file.yank", {**_wheel(made), "reason": "one"})
    found = files_of(index, made.project)
    assert found[made.wheel.filename].yanked == "one", f"It is {found[made.wheel.filename].yanked!r}."
    assert found[made.sdist.filename].yanked is None, "Another file is yanked with it."
    result_of(index, "release.yank", {"name": made.name, "version": "1.0", "reason": "all"})
    yanks = {name: each.yanked for name, each in files_of(index, made.project).items()}
    wanted = {made.wheel.filename: "one", made.sdist.filename: "all"}
    assert yanks == wanted, f"With the release yanked they are {yanks}."


# -------------------------------------------------------------------- status


@claim.must("archived", _PROTOCOL, "An archived project says so, takes no files, and offers those it has")
def test_archived(index: Subject) -> None:
    needs(index, "project.set_status")
    made = new_project(index)
    result_of(index, "project.set_status", {"name": made.name, "status": "archived"})
    assert _status_of(index, made.project) == "archived", f"It is {_status_of(index, made.project)!r}."
    assert made.wheel.filename in files_of(index, made.project), "Its files are not offered."
    response = upload(index, made.sdist)
    assert response.status_code == 403, f"An upload is answered with {response.status_code}."
    if offers(index, "upload.begin"):
        answer = answer_to(index, "upload.begin", announcement([made.sdist]))
        found = (error_code(answer), data_code(answer))
        assert found == (_FORBIDDEN, "project-closed"), f"upload.begin is answered with {found}."
    result_of(index, "project.set_status", {"name": made.name, "status": "active"})
    publish(index, made.sdist)


@claim.must("deprecated", _PROTOCOL, "A deprecated project says so, and takes and offers files")
def test_deprecated(index: Subject) -> None:
    needs(index, "project.set_status")
    made = new_project(index)
    result_of(index, "project.set_status", {"name": made.name, "status": "deprecated", "reason": "old"})
    page = page_of(index, made.project) or {}
    found = page.get("project-status")
    assert found == {"status": "deprecated", "reason": "old"}, f"The page says {found}."
    publish(index, made.sdist)


@claim.must("status-again", _PROTOCOL, "The status that a project has already is no change")
def test_status_again(index: Subject) -> None:
    needs(index, "project.set_status")
    made = new_project(index)
    first = result_of(index, "project.set_status", {"name": made.name, "status": "archived"})["serial"]
    result_of(index, "project.set_status", {"name": made.name, "status": "archived"})
    found = entries_since(index, first, made.name)
    assert found == [], f"The journal says {found}."


@claim.must("quarantine-list", _PROTOCOL, "A quarantined project is on no list")
def test_quarantine_list(index: Subject) -> None:
    made = _quarantined(index)
    names = {each["name"] for each in index.json_list_again["projects"]}
    assert not names & {made.name, made.project}, "It is on the list of the Simple API."
    listed: list[str] = []
    cursor = None
    while True:
        page = result_of(index, "project.list", {"limit": 1000, "cursor": cursor})
        listed += [each["name"] for each in page["projects"]]
        if (cursor := page["next"]) is None:
            break
    assert made.project not in listed, "It is on project.list."


@claim.must("quarantine-files", _PROTOCOL, "A quarantined project offers no files, by no address")
def test_quarantine_files(index: Subject) -> None:
    needs(index, "project.set_status")
    made = new_project(index)
    url = files_of(index, made.project)[made.wheel.filename].url
    _quarantine(index, made)
    page = page_of(index, made.project)
    assert page is None or not files_in(page), "Its page has files."
    status = index.follow("GET", url).status_code
    assert status == 404, f"The URL of its file is answered with {status}."
    # Administrators may be shown it.
    found = error_code(answer_to(index, "file.get", _wheel(made), anonymous=True))
    assert found in {_NOT_FOUND, _UNAUTHENTICATED}, f"file.get is answered with {found}."


@claim.must(
    "quarantine-described",
    _PROTOCOL,
    "A quarantined project shows its status, and neither metadata nor files",
)
def test_quarantine_described(index: Subject) -> None:
    made = _quarantined(index)
    shown = result_of(index, "project.get", {"name": made.name})
    assert shown["status"]["state"] == "quarantined", f"It is {shown['status']['state']!r}."
    told = [each for each in ("version", "metadata", "files") if shown[each]]
    assert not told, f"project.get tells its {', '.join(told)}."
    found = error_code(answer_to(index, "release.get", {"name": made.name, "version": "1.0"}))
    assert found == _NOT_FOUND, f"release.get is answered with {found}."
    status = index.get(index.url(f"pypi/{made.project}/json")).status_code
    assert status == 404, f"The legacy JSON is answered with {status}."


def _quarantine(index: Subject, made: Publication) -> None:
    as_administrator(index, "project.set_status", {"name": made.name, "status": "quarantined"})


def _quarantined(index: Subject) -> Publication:
    needs(index, "project.set_status")
    made = new_project(index)
    _quarantine(index, made)
    return made


# -------------------------------------------------------------------- roles


@claim.must("roles", _PROTOCOL, "The creator of a project owns it, and the last owner stays")
def test_roles(index: Subject) -> None:
    needs(index, "project.roles", "project.remove_role", "project.add_role")
    made = new_project(index)
    own = result_of(index, "account.whoami")["username"]
    roles = result_of(index, "project.roles", {"name": made.name})["roles"]
    assert roles == [{"username": own, "role": "Owner"}], f"The roles are {roles}."
    for method, params in (
        ("project.remove_role", {"name": made.name, "username": own}),
        ("project.add_role", {"name": made.name, "username": own, "role": "Maintainer"}),
    ):
        answer = answer_to(index, method, params)
        found = (error_code(answer), data_code(answer))
        assert found == (_CONFLICT, "last-owner"), f"{method} is answered with {found}."
    answer = answer_to(index, "project.add_role", {"name": made.name, "username": _NOBODY, "role": "Owner"})
    assert data_code(answer) == "account-not-found", (
        f"An unknown account is answered with {data_code(answer)}."
    )


# -------------------------------------------------------------------- metadata without files


@claim.must("metadata", _PROTOCOL, "A release without files is described until its first file describes it")
def test_metadata(index: Subject) -> None:
    needs(index, "release.set_metadata")
    made = new_project(index)
    text = f"Metadata-Version: 2.1\nName: {made.name}\nVersion: 5.0\nSummary: soon\n"
    release = {"name": made.name, "version": "5.0"}
    result_of(index, "release.set_metadata", {**release, "metadata": text})
    shown = result_of(index, "release.get", release)
    assert (shown["metadata"].get("summary"), shown["files"]) == ("soon", []), f"It is {shown['metadata']}."
    publish(index, build_sdist(made.name, "5.0"))
    shown = result_of(index, "release.get", release)
    assert shown["metadata"].get("summary") != "soon", "The file does not describe it."
    error = refused(index, "release.set_metadata", {**release, "metadata": text})
    found = (error.get("data") or {}).get("code")
    assert found == "release-has-files", f"Then it is answered with {found}."


# -------------------------------------------------------------------- journal


@claim.must("journal", _PROTOCOL, "Each change writes the entries of the journal that the definition names")
def test_journal(index: Subject) -> None:
    needs(
        index,
        "project.set_status",
        "release.yank",
        "file.yank",
        "file.delete",
        "release.delete",
        "project.delete",
    )
    before = serial_of(index)
    made = new_project(index, with_sdist=True)
    own = result_of(index, "account.whoami")["username"]
    release, wheel = {"name": made.name, "version": "1.0"}, _wheel(made)
    for method, params in (
        ("project.set_status", {"name": made.name, "status": "archived"}),
        ("project.set_status", {"name": made.name, "status": "deprecated"}),
        ("project.set_status", {"name": made.name, "status": "active"}),
        ("release.yank", release),
        ("release.unyank", release),
        ("file.yank", wheel),
        ("file.unyank", wheel),
        ("file.delete", wheel),
        ("release.delete", release),
        ("project.delete", {"name": made.name}),
    ):
        serial = result_of(index, method, params)["serial"]
        found = serial_of(index)
        assert serial == found, f"{method} returns the serial {serial}, and the newest is {found}."
    wanted = [
        ("create", None),
        (f"add Owner {own}", None),
        ("new release", "1.0"),
        (f"add py3 file {made.wheel.filename}", "1.0"),
        (f"add source file {made.sdist.filename}", "1.0"),
        ("project archived", None),
        ("project unarchived", None),
        ("project deprecated", None),
        ("project undeprecated", None),
        ("yank release", "1.0"),
        ("unyank release", "1.0"),
        (f"yank file {made.wheel.filename}", "1.0"),
        (f"unyank file {made.wheel.filename}", "1.0"),
        (f"remove file {made.wheel.filename}", "1.0"),
        ("remove release", "1.0"),
        ("remove project", None),
    ]
    for each, other in zip_longest(wanted, entries_since(index, before, made.name)):
        assert each == other, f"It should have the entry {each}, and has {other}."
