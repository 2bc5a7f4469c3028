"""Both clients govern our own server by every method it has."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.errors import (
    AccessRefused,
    BadAnswer,
    Conflict,
    CredentialsRefused,
    InvalidRequest,
    NotFound,
    NotSpoken,
    Refused,
)
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_protocol.methods import METHODS
from pypi_protocol.records.tokens import ScopeDescription

MakeClient = Callable[..., Client]
ROOT = "https://index.example/"
OLD = build_wheel(name="Foo.Bar", version="1.0", summary="An older sample")
NEW = build_wheel(name="Foo.Bar", version="1.1", summary="A sample")
PKG_INFO = "Metadata-Version: 2.1\nName: foo-bar\nVersion: 2.0\nSummary: Soon\n"


@pytest.fixture
def index(make_client: MakeClient, carry: httpx.MockTransport, memory: InMemorySite) -> Client:
    for each in (OLD, NEW):
        memory.publish(memory.actor("ada"), each)
    return make_client(ROOT, token=memory.token("ada"), transport=carry)


def test_an_index_says_what_it_can_do(index: Client) -> None:
    status = index.status()

    assert (status.name, status.reading, status.serial) == ("pypi", "public", 6)
    assert status.can("simple")
    assert not status.can("telepathy")
    assert {each.url for each in status.capabilities if each.name == "simple"} == {f"{ROOT}simple/"}


def test_a_newer_major_version_of_the_protocol_is_refused(make_client: MakeClient) -> None:
    result = {"name": "pypi", "protocol": "2.0"}
    answer = httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "result": result})
    newer = make_client(ROOT, transport=httpx.MockTransport(lambda _request: answer))

    with pytest.raises(BadAnswer, match=r"speaks version 2\.0 of the protocol"):
        newer.status()
    with pytest.raises(NotSpoken):
        newer.delete_project("foo")


@pytest.mark.parametrize("root", [ROOT, f"{ROOT}i/test/"])
def test_the_indexes_of_the_server_are_listed(
    make_client: MakeClient, carry: httpx.MockTransport, root: str
) -> None:
    listed = make_client(root, transport=carry).indexes()

    assert [(each.name, each.url) for each in listed] == [("pypi", ROOT), ("test", f"{ROOT}i/test/")]


def test_a_project_is_created_changed_and_deleted(index: Client) -> None:
    created = index.create_project("New.One")

    assert (created.name, created.display_name) == ("new-one", "New.One")
    with pytest.raises(Conflict):
        index.create_project("new_one")
    assert index.set_project_status("new-one", "archived", "done") > created.serial
    shown = index.project("new-one")
    assert (shown.status, shown.status_reason) == ("archived", "done")
    index.delete_project("new-one")
    with pytest.raises(NotFound):
        index.project("new-one")


def test_roles_are_added_listed_and_removed(index: Client, memory: InMemorySite) -> None:
    memory.account("bob")

    index.add_role("foo-bar", "bob", "Maintainer")
    assert [(each.username, each.role) for each in index.roles("foo-bar")] == [
        ("ada", "Owner"),
        ("bob", "Maintainer"),
    ]
    index.remove_role("foo-bar", "bob")
    with pytest.raises(Conflict) as caught:
        index.remove_role("foo-bar", "ada")
    assert caught.value.code == "last-owner"


def test_downloads_are_counted(index: Client, memory: InMemorySite) -> None:
    counted = index.project_downloads("Foo.Bar", days=7)

    assert (counted.name, counted.counted, counted.total, counted.days) == ("foo-bar", True, 0, ())
    assert counted.since == memory.clock.now().date() - timedelta(days=6)


def test_releases_are_listed_described_and_yanked(index: Client) -> None:
    index.yank_release("foo-bar", "1.0", "broken")

    assert [(each.version, each.yanked) for each in index.releases("foo-bar")] == [
        ("1.1", False),
        ("1.0", "broken"),
    ]
    release = index.release("foo_bar", "1.0.0")
    assert (release.name, release.version, release.yanked) == ("foo-bar", "1.0", "broken")
    assert release.metadata.summary == "An older sample"
    assert release.files[0].url.startswith(f"{ROOT}packages/")
    index.unyank_release("foo-bar", "1.0")
    assert index.release("foo-bar", "1.0").yanked is False
    index.delete_release("foo-bar", "1.0")
    assert [each.version for each in index.releases("foo-bar")] == ["1.1"]


def test_a_release_is_described_before_it_has_files(index: Client) -> None:
    assert index.validate_metadata(PKG_INFO).valid
    index.set_release_metadata("foo-bar", "2.0", PKG_INFO)

    assert index.release("foo-bar", "2.0").metadata.summary == "Soon"
    with pytest.raises(InvalidRequest) as caught:
        index.set_release_metadata("foo-bar", "3.0", "Metadata-Version: 2.1\nName: foo-bar\nVersion: x\n")
    assert caught.value.problem.problems


def test_files_are_found_explained_and_yanked(index: Client) -> None:
    found = index.file(NEW.filename)
    assert index.find_file(NEW.sha256) == found
    assert (found.project, found.version) == ("foo-bar", "1.1")
    assert found.file.hashes["sha256"] == NEW.sha256

    index.yank_file(NEW.filename, "wrong tag")
    status = index.file_status(NEW.filename)
    assert (status.state, status.yanked, status.hashes["sha256"]) == ("yanked", "wrong tag", NEW.sha256)
    index.unyank_file(NEW.filename)
    assert index.file_status(NEW.filename).visible
    index.delete_file(NEW.filename)
    assert index.file_status(NEW.filename).state == "deleted"
    assert index.file_status("foo-9-py3-none-any.whl").state == "unknown"


def test_a_file_name_is_judged(index: Client) -> None:
    verdict = index.validate_filename("foo_bar-1.1-py3-none-any.whl")
    assert (verdict.valid, verdict.name, verdict.version) == (True, "foo-bar", "1.1")

    bad = index.validate_filename("foo.egg")
    assert not bad.valid
    assert bad.problems[0].message


def test_tokens_are_made_listed_and_revoked(
    index: Client, make_client: MakeClient, carry: httpx.MockTransport
) -> None:
    scope = ScopeDescription(projects=("foo-bar",), actions=("upload",))
    expires = datetime(2027, 1, 1, tzinfo=UTC)

    made = index.create_token("for a robot", scope, expires)
    robot = make_client(ROOT, token=made.secret, transport=carry)

    assert made.secret not in repr(made)
    assert (made.token.scope, made.token.expires) == (scope, expires)
    assert made.token.id in {each.id for each in index.tokens()}
    account = robot.whoami()
    assert (account.username, account.proof, account.scope) == ("ada", "token", scope)
    with pytest.raises(AccessRefused):
        robot.delete_project("foo-bar")
    robot.revoke_token(made.token.id)
    with pytest.raises(CredentialsRefused):
        robot.tokens()


def test_a_person_logs_in_by_password(
    make_client: MakeClient, carry: httpx.MockTransport, memory: InMemorySite
) -> None:
    memory.account("bob", "correct horse")
    anonymous = make_client(ROOT, transport=carry)

    assert anonymous.whoami().username is None
    with pytest.raises(CredentialsRefused):
        anonymous.exchange_password("bob", "wrong", "my laptop")
    made = anonymous.exchange_password("bob", "correct horse", "my laptop")
    assert make_client(ROOT, token=made.secret, transport=carry).whoami().username == "bob"


def test_a_person_changes_their_password(
    make_client: MakeClient, carry: httpx.MockTransport, memory: InMemorySite
) -> None:
    memory.account("bob", "correct horse")
    anonymous = make_client(ROOT, transport=carry)
    anonymous.exchange_password("bob", "correct horse", "my laptop")

    with pytest.raises(CredentialsRefused):
        anonymous.change_password("bob", "wrong", "battery staple")
    assert anonymous.change_password("bob", "correct horse", "battery staple", revoke_tokens=True) == 1
    with pytest.raises(CredentialsRefused):
        anonymous.exchange_password("bob", "correct horse", "my laptop")
    anonymous.exchange_password("bob", "battery staple", "my laptop")


def test_a_refused_caller_is_reported(
    make_client: MakeClient, carry: httpx.MockTransport, index: Client
) -> None:
    with pytest.raises(CredentialsRefused):
        make_client(ROOT, transport=carry).yank_release("foo-bar", "1.0")


def test_every_method_of_the_server_can_be_called_by_a_method_of_the_client() -> None:
    by_name = {
        "account.change_password": "change_password", "account.whoami": "whoami",
        "changes.since": "changes", "docs.begin": "upload_documentation",
        "docs.complete": "upload_documentation", "docs.delete": "delete_documentation",
        "docs.list": "documentation", "file.delete": "delete_file", "file.find": "find_file",
        "file.get": "file",
        "file.status": "file_status", "file.unyank": "unyank_file", "file.yank": "yank_file",
        "index.list": "indexes", "index.status": "status", "project.add_role": "add_role",
        "project.create": "create_project", "project.delete": "delete_project",
        "project.downloads": "project_downloads", "project.get": "project",
        "project.list": "projects", "project.remove_role": "remove_role", "project.roles": "roles",
        "project.set_status": "set_project_status", "release.delete": "delete_release",
        "release.get": "release", "release.list": "releases", "release.publish": "publish_release",
        "release.set_metadata": "set_release_metadata", "release.unyank": "unyank_release",
        "release.yank": "yank_release", "rpc.discover": "call", "search.query": "search",
        "token.create": "create_token", "token.exchange": "exchange_password", "token.list": "tokens",
        "token.revoke": "revoke_token", "upload.begin": "begin_upload", "upload.cancel": "cancel_upload",
        "upload.complete": "complete_upload", "upload.status": "upload_status",
        "validate.filename": "validate_filename", "validate.metadata": "validate_metadata",
    }  # fmt: skip

    served = {each.name for each in METHODS}

    assert served <= {*by_name}
    assert all(callable(getattr(Client, each)) for each in by_name.values())


def test_another_index_cannot_be_governed(make_client: MakeClient) -> None:
    other = make_client(ROOT, transport=httpx.MockTransport(lambda _request: httpx.Response(405)))

    with pytest.raises(NotSpoken, match="does not speak JSON-RPC"):
        other.create_project("foo")


def test_an_older_server_is_named_with_the_method_it_lacks(make_client: MakeClient) -> None:
    error = {"code": -32601, "message": "Method not found"}
    answer = httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "error": error})

    with pytest.raises(NotSpoken, match=r"does not know the method token\.list"):
        make_client(ROOT, transport=httpx.MockTransport(lambda _request: answer)).tokens()


class TestFileStatusElsewhere:
    """An index that speaks the Simple API alone tells what its page tells."""

    @pytest.fixture
    def elsewhere(self, make_client: Callable[..., Client]) -> Client:
        page = {
            "meta": {"api-version": "1.1"},
            "name": "foo",
            "versions": ["1.0", "1.1"],
            "files": [
                {"filename": "foo-1.0.tar.gz", "url": "a", "hashes": {"sha256": "1" * 64}, "size": 7},
                {"filename": "foo-1.1.tar.gz", "url": "b", "hashes": {}, "size": 7, "yanked": "broken"},
            ],
        }

        def handle(request: httpx.Request) -> httpx.Response:
            if request.url.path != "/simple/foo/":
                return httpx.Response(404)
            headers = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
            return httpx.Response(200, content=json.dumps(page).encode(), headers=headers)

        return make_client("https://index.example/", transport=httpx.MockTransport(handle))

    @pytest.mark.parametrize(
        ("filename", "state", "visible", "why"),
        [
            ("foo-1.0.tar.gz", "offered", True, "The page of foo lists it."),
            ("foo-1.1.tar.gz", "yanked", True, "Yanked: broken"),
            ("foo-1.2.tar.gz", "unknown", False, "The page of foo does not list it."),
            ("bar-1.0-py3-none-any.whl", "unknown", False, "The index has no project bar."),
        ],
    )
    def test_the_status_of_a_file_is_what_the_page_says(
        self, elsewhere: Client, filename: str, state: str, visible: bool, why: str
    ) -> None:
        status = elsewhere.file_status(filename)

        assert (status.filename, status.state, status.visible, status.why) == (filename, state, visible, why)

    def test_a_nonstandard_file_name_has_no_status(self, elsewhere: Client) -> None:
        with pytest.raises(NotSpoken):
            elsewhere.file_status("foo.exe")


@pytest.mark.parametrize("method", ["whoami", "search", "create_project", "tokens"])
@pytest.mark.parametrize("status", [400, 403, 409, 410, 422])
def test_a_problem_document_is_a_refusal_with_its_own_sentence(method: str, status: int) -> None:
    """Search does not go on by another protocol after it."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        problem = {
            "title": "No",
            "status": status,
            "detail": "A password opens nothing here.",
            "code": "no-password",
        }
        return httpx.Response(status, json=problem, headers={"content-type": "application/problem+json"})

    arguments = ("foo",) if method in {"search", "create_project"} else ()
    with (
        Client("https://index.example/", transport=httpx.MockTransport(handle)) as index,
        pytest.raises(Refused, match=r"A password opens nothing here\.") as caught,
    ):
        getattr(index, method)(*arguments)

    assert (caught.value.code, caught.value.status) == ("no-password", status)
    assert asked == ["/rpc"]


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_problem_document_without_anything_to_call_means_no_json_rpc(status: int) -> None:
    problem = {"title": "Not Found", "status": status, "detail": "Nothing here.", "code": "not-found"}
    answer = httpx.Response(
        status, json=problem, headers={"content-type": "application/problem+json", "retry-after": "0"}
    )

    with (
        Client(
            "https://index.example/", transport=httpx.MockTransport(lambda _: answer), sleep=lambda _: None
        ) as index,
        pytest.raises(NotSpoken, match=f"it answered with status {status}"),
    ):
        index.tokens()
