"""A scope only takes away: every use case and every method, called with every narrow token."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

import pypi_core
from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_sdist
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import (
    ANONYMOUS,
    OPERATOR,
    Action,
    Actor,
    Role,
    TokenCredentials,
    TokenId,
    TokenScope,
)
from pypi_core.domain.audit import AuditFilter
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import ProjectId, ProjectStatus, Serial, Status, Yank
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings, Reading
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.upload_sessions import DOCUMENTATION_ZIP, DeclaredFile
from pypi_core.domain.versions import parse_version
from pypi_core.domain.web_sessions import WebSessionId
from pypi_core.errors import NotAllowed
from pypi_core.ports.pages import PageKind
from pypi_core.ports.search import SearchQuery
from pypi_core.use_cases.reading.field_search import FieldQuery
from pypi_core.use_cases.reading.project_list import FORMS
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_memory.blobs import InMemoryStaging
from pypi_protocol import methods

NAME, SHOWN = NormalizedName("sample"), DisplayName("Sample")
ONE, TWO = parse_version("1.0"), parse_version("2.0")
PUBLISHED, COMING = build_sdist("Sample", "1.0"), build_sdist("Sample", "2.0")

NARROW: Mapping[str, TokenScope] = {
    "another index": TokenScope(indexes=frozenset({IndexName("test")})),
    "no index": TokenScope(indexes=frozenset()),
    "another project": TokenScope(projects=frozenset({NormalizedName("other")})),
    "no project": TokenScope(projects=frozenset()),
    "no action": TokenScope(actions=frozenset()),
    **{f"only {action}": TokenScope(actions=frozenset({action})) for action in Action},
}


class Whole(Enum):
    """What wants a token that is not limited at all, and what any token may do to itself."""

    ADMINISTRATION = "administration"
    ACCOUNT = "account"
    ITSELF = "itself"


Needs = Action | Whole


def permits(scope: TokenScope, needs: Needs) -> bool:
    """Return whether an administrator with this scope may do it to the project ``sample`` of ``pypi``."""
    if isinstance(needs, Whole):
        return False
    reads = needs is Action.READ
    return (
        (scope.indexes is None or "pypi" in scope.indexes)
        and (reads or scope.projects is None or NAME in scope.projects)
        and (reads or scope.actions is None or needs in scope.actions)
    )


class World:
    """An index with something of everything, made by an administrator."""

    def __init__(self) -> None:
        self.memory = memory = InMemorySite()
        self.site, self.index = memory.site, memory.index
        memory.account("ada", is_administrator=True)
        memory.account("bob")
        self.ada = memory.actor("ada")
        self.other_token = self.site.issue_token(OPERATOR, "ada", "another").token.id
        self.token_of_bob = self.site.issue_token(OPERATOR, "bob", "of bob").token.id
        memory.publish(self.ada, PUBLISHED)
        memory.document(self.ada, NAME, "1.0", build_documentation({"index.html": b"hello"}))
        memory.work()
        archive = build_documentation({"index.html": b"again"})
        self.zipped = DeclaredFile(filename=DOCUMENTATION_ZIP, size=len(archive), sha256="0" * 64)
        self.documentation = self.index.begin_upload.for_documentation(
            self.ada, NAME, ONE, self.zipped
        ).session.id
        self.declared = DeclaredFile(filename=COMING.filename, size=len(COMING.content), sha256=COMING.sha256)
        self.session = self.index.begin_upload(self.ada, SHOWN, TWO, [self.declared]).session.id

    def actor(self, scope: TokenScope) -> Actor:
        return self.site.authenticate(
            TokenCredentials(self.site.issue_token(OPERATOR, "ada", "narrow", scope).secret)
        )

    def upload(self) -> tuple[Any, Any]:
        staging: InMemoryStaging = self.memory.staging
        arrival = staging.begin()
        arrival.append(COMING.content)
        staged = arrival.finish()
        with staging.open(staged) as archive:
            return describe_upload(COMING.filename, archive, staged.digests), staged

    def state(self) -> object:
        """Return what any change would change."""
        audit = [each.id for each in self.site.audit_log.entries(OPERATOR, AuditFilter())]
        return audit, self.index.journal.last_serial(OPERATOR)


Row = tuple[Needs, Callable[[World, Actor], object]]

OF_INDEX: Mapping[str, Row] = {
    "create_project": (Action.CREATE_PROJECT, lambda w, a: w.index.create_project(a, DisplayName("Sample"))),
    "publish_file": (Action.UPLOAD, lambda w, a: w.index.publish_file(a, *w.upload())),
    "publish_file.verify": (Action.UPLOAD, lambda w, a: w.index.publish_file.verify(a, *w.upload())),
    "publish_file.authorise": (
        Action.UPLOAD,
        lambda w, a: w.index.publish_file.authorise(a, w.upload()[0]),
    ),
    "publish_documentation.authorise": (
        Action.UPLOAD,
        lambda w, a: w.index.publish_documentation.authorise(a, NAME, ONE),
    ),
    "publish_documentation": (
        Action.UPLOAD,
        lambda w, a: w.memory.document(a, NAME, "1.0", build_documentation({"index.html": b"new"})),
    ),
    "complete_documentation": (
        Action.UPLOAD,
        lambda w, a: w.index.complete_documentation(a, w.documentation),
    ),
    "delete_documentation": (Action.UPLOAD, lambda w, a: w.index.delete_documentation(a, NAME, ONE)),
    "documentation.of_project": (Action.READ, lambda w, a: w.index.documentation.of_project(a, NAME)),
    "documentation.page": (
        Action.READ,
        lambda w, a: w.index.documentation.page(a, NAME, ONE, "index.html"),
    ),
    "documentation.archive": (Action.READ, lambda w, a: w.index.documentation.archive(a, NAME, ONE)),
    "begin_upload": (
        Action.UPLOAD,
        lambda w, a: w.index.begin_upload(a, SHOWN, parse_version("3.0"), [w.declared]),
    ),
    "begin_upload.for_documentation": (
        Action.UPLOAD,
        lambda w, a: w.index.begin_upload.for_documentation(a, NAME, ONE, w.zipped),
    ),
    "uploads.read": (Action.UPLOAD, lambda w, a: w.index.uploads.read(a, w.session)),
    "receive_bytes": (Action.UPLOAD, lambda w, a: w.index.receive_bytes(a, w.session, COMING.filename, 0)),
    "receive_bytes.offset": (
        Action.UPLOAD,
        lambda w, a: w.index.receive_bytes.offset(a, w.session, COMING.filename),
    ),
    "complete_upload": (Action.UPLOAD, lambda w, a: w.index.complete_upload(a, w.session)),
    "cancel_upload": (Action.UPLOAD, lambda w, a: w.index.cancel_upload(a, w.session)),
    "publish_release": (Action.UPLOAD, lambda w, a: w.index.publish_release(a, w.session)),
    "yank_release": (Action.YANK, lambda w, a: w.index.yank_release(a, NAME, ONE, Yank("bad"))),
    "unyank_release": (Action.YANK, lambda w, a: w.index.unyank_release(a, NAME, ONE)),
    "set_release_metadata": (
        Action.UPLOAD,
        lambda w, a: w.index.set_release_metadata(
            a, NAME, TWO, "Metadata-Version: 2.1\nName: Sample\nVersion: 2.0\n"
        ),
    ),
    "set_project_status": (
        Action.MANAGE,
        lambda w, a: w.index.set_project_status(a, NAME, ProjectStatus(Status.ARCHIVED)),
    ),
    "delete_file": (Action.DELETE, lambda w, a: w.index.delete_file(a, NAME, PUBLISHED.filename)),
    "delete_release": (Action.DELETE, lambda w, a: w.index.delete_release(a, NAME, ONE)),
    "delete_project": (Action.DELETE, lambda w, a: w.index.delete_project(a, NAME)),
    "grant_role": (Action.MANAGE, lambda w, a: w.index.grant_role(a, NAME, "bob", Role.MAINTAINER)),
    "revoke_role": (Action.MANAGE, lambda w, a: w.index.revoke_role(a, NAME, "ada")),
    "invite_member": (Action.MANAGE, lambda w, a: w.index.invite_member(a, NAME, "bob", Role.OWNER)),
    "withdraw_invitation": (Action.MANAGE, lambda w, a: w.index.withdraw_invitation(a, NAME, "bob")),
    "accept_invitation": (Whole.ACCOUNT, lambda w, a: w.index.accept_invitation(a, NAME)),
    "decline_invitation": (Whole.ACCOUNT, lambda w, a: w.index.decline_invitation(a, NAME)),
    "roles.invited": (Action.MANAGE, lambda w, a: w.index.roles.invited(a, NAME)),
    "roles.invitations": (Whole.ACCOUNT, lambda w, a: w.index.roles.invitations(a)),
    "leave_projects": (
        Whole.ADMINISTRATION,
        lambda w, a: w.index.leave_projects(a, w.site.accounts.all(OPERATOR)[0]),
    ),
    "leave_projects.owned_alone": (
        Whole.ADMINISTRATION,
        lambda w, a: w.index.leave_projects.owned_alone(a, w.site.accounts.all(OPERATOR)[0]),
    ),
    "reading": (Action.READ, lambda w, a: w.index.reading(a).__enter__()),
    "reading.authorise": (Action.READ, lambda w, a: w.index.reading.authorise(a)),
    "pages.project": (Action.READ, lambda w, a: w.index.pages.project(a, NAME, PageKind.SIMPLE_JSON)),
    "pages.project_list": (Action.READ, lambda w, a: w.index.pages.project_list(a, PageKind.SIMPLE_JSON)),
    "pages.project_list_in_form": (
        Action.READ,
        lambda w, a: w.index.pages.project_list_in_form(a, FORMS[PageKind.SIMPLE_HTML]),
    ),
    "projects.read": (Action.READ, lambda w, a: w.index.projects.read(a, NAME)),
    "projects.page": (Action.READ, lambda w, a: w.index.projects.page(a, ProjectId(0))),
    "projects.existing": (Action.READ, lambda w, a: w.index.projects.existing(a, [NAME])),
    "projects.segments": (Action.READ, lambda w, a: w.index.projects.segments(a)),
    "projects.in_segment": (Action.READ, lambda w, a: w.index.projects.in_segment(a, 0)),
    "dependents.of_project": (Action.READ, lambda w, a: w.index.dependents.of_project(a, NAME)),
    "download_counts.of_project": (Action.READ, lambda w, a: w.index.download_counts.of_project(a, NAME)),
    "download_counts.shown": (Action.READ, lambda w, a: w.index.download_counts.shown(a, ProjectId(1))),
    "download_counts.most_downloaded": (
        Action.READ,
        lambda w, a: w.index.download_counts.most_downloaded(a, 10),
    ),
    "files.find": (Action.READ, lambda w, a: w.index.files.find(a, PUBLISHED.filename)),
    "checks.metadata": (
        Action.READ,
        lambda w, a: w.index.checks.metadata(a, "Metadata-Version: 2.1\nName: a\nVersion: 1\n"),
    ),
    "checks.filename": (Action.READ, lambda w, a: w.index.checks.filename(a, PUBLISHED.filename)),
    "files.read": (Action.READ, lambda w, a: w.index.files.read(a, PUBLISHED.filename)),
    "files.find_by_sha256": (Action.READ, lambda w, a: w.index.files.find_by_sha256(a, PUBLISHED.sha256)),
    "files.explain": (Action.READ, lambda w, a: w.index.files.explain(a, PUBLISHED.filename)),
    "downloads.file": (
        Action.READ,
        lambda w, a: w.index.downloads.file(a, PUBLISHED.filename, PUBLISHED.blake2_256),
    ),
    "downloads.metadata": (
        Action.READ,
        lambda w, a: w.index.downloads.metadata(a, PUBLISHED.filename, PUBLISHED.blake2_256),
    ),
    "search.by_words": (Action.READ, lambda w, a: w.index.search.by_words(a, SearchQuery())),
    "search.by_fields": (
        Action.READ,
        lambda w, a: w.index.search.by_fields(a, FieldQuery(fields={"name": ["a"]})),
    ),
    "releases.with_classifiers": (
        Action.READ,
        lambda w, a: w.index.releases.with_classifiers(a, ["Topic :: Utilities"]),
    ),
    "journal.since": (Action.READ, lambda w, a: w.index.journal.since(a, Serial(0))),
    "journal.later_than": (
        Action.READ,
        lambda w, a: w.index.journal.later_than(a, w.memory.clock.now() - timedelta(days=1), 10),
    ),
    "releases.created_since": (
        Action.READ,
        lambda w, a: w.index.releases.created_since(a, w.memory.clock.now() - timedelta(days=1)),
    ),
    "news.releases": (Action.READ, lambda w, a: w.index.news.releases(a, 10)),
    "news.projects": (Action.READ, lambda w, a: w.index.news.projects(a, 10)),
    "news.releases_of": (Action.READ, lambda w, a: w.index.news.releases_of(a, NAME, 10)),
    "statistics.read": (Action.READ, lambda w, a: w.index.statistics.read(a)),
    "statistics.at_hand": (Action.READ, lambda w, a: w.index.statistics.at_hand(a)),
    "roles.in_project": (Action.READ, lambda w, a: w.index.roles.in_project(a, NAME)),
    "roles.of_user": (Action.READ, lambda w, a: w.index.roles.of_user(a, "ada")),
    "journal.last_serial": (Action.READ, lambda w, a: w.index.journal.last_serial(a)),
}
OF_SITE: Mapping[str, Row] = {
    "register_account": (
        Whole.ADMINISTRATION,
        lambda w, a: w.site.register_account(a, "carol", "correct horse"),
    ),
    "accounts.all": (Whole.ADMINISTRATION, lambda w, a: w.site.accounts.all(a)),
    "change_password": (
        Whole.ADMINISTRATION,
        lambda w, a: w.site.change_password(a, "ada", "battery staple"),
    ),
    "disable_account": (Whole.ADMINISTRATION, lambda w, a: w.site.disable_account(a, "bob")),
    "enable_account": (Whole.ADMINISTRATION, lambda w, a: w.site.enable_account(a, "bob")),
    "delete_account": (Whole.ADMINISTRATION, lambda w, a: w.site.delete_account(a, "bob")),
    "delete_account.owned_alone": (
        Whole.ADMINISTRATION,
        lambda w, a: w.site.delete_account.owned_alone(a, "bob"),
    ),
    "issue_token": (Whole.ACCOUNT, lambda w, a: w.site.issue_token(a, "ada", "wider")),
    "prove_session": (
        Whole.ACCOUNT,
        lambda w, a: w.site.prove_session(a, WebSessionId("1"), "correct horse"),
    ),
    "begin_second_factor": (Whole.ACCOUNT, lambda w, a: w.site.begin_second_factor(a)),
    "confirm_second_factor": (Whole.ACCOUNT, lambda w, a: w.site.confirm_second_factor(a, "123456")),
    "remove_second_factor": (Whole.ACCOUNT, lambda w, a: w.site.remove_second_factor(a, "bob")),
    "second_factors.own": (Whole.ACCOUNT, lambda w, a: w.site.second_factors.own(a)),
    "ask_to_prove_address": (Whole.ACCOUNT, lambda w, a: w.site.ask_to_prove_address(a, "a@mail.example")),
    "ask_to_prove_address.own": (Whole.ACCOUNT, lambda w, a: w.site.ask_to_prove_address.own(a)),
    "end_session": (Whole.ACCOUNT, lambda w, a: w.site.end_session(a, WebSessionId("1"))),
    "end_other_sessions": (Whole.ACCOUNT, lambda w, a: w.site.end_other_sessions(a)),
    "web_sessions.own": (Whole.ACCOUNT, lambda w, a: w.site.web_sessions.own(a)),
    "tokens.all": (Whole.ADMINISTRATION, lambda w, a: w.site.tokens.all(a)),
    "tokens.of": (Whole.ITSELF, lambda w, a: w.site.tokens.of(a, "bob")),
    "revoke_token": (Whole.ITSELF, lambda w, a: w.site.revoke_token(a, w.other_token)),
    "create_index": (Whole.ADMINISTRATION, lambda w, a: w.site.create_index(a, "new", IndexSettings())),
    "configure_index": (
        Whole.ADMINISTRATION,
        lambda w, a: w.site.configure_index(a, "test", IndexSettings(title="changed")),
    ),
    "audit_log.own": (Whole.ACCOUNT, lambda w, a: list(w.site.audit_log.own(a))),
    "audit_log.entries": (
        Whole.ADMINISTRATION,
        lambda w, a: list(w.site.audit_log.entries(a, AuditFilter())),
    ),
}
# They find what no index that the actor may read has, which is answered as absence.
AS_ABSENT = {"downloads.file", "downloads.metadata"}
USE_CASES = {f"index.{name}": row for name, row in OF_INDEX.items()} | {
    f"site.{name}": row for name, row in OF_SITE.items()
}


def _taking_an_actor(holder: object) -> set[str]:
    return {
        name if attribute == "__call__" else f"{name}.{attribute}"
        for name, use_case in vars(holder).items()
        if not name.startswith("_")
        for attribute, method in inspect.getmembers(type(use_case), inspect.isfunction)
        if attribute == "__call__" or not attribute.startswith("_")
        # What takes a unit of work too is a step of use cases that are tried here.
        if {"actor", "uow"} & {*inspect.signature(method).parameters} == {"actor"}
    }


def test_every_use_case_that_takes_an_actor_is_tried_here() -> None:
    world = World()

    # The limits ask who acts to count, and refuse nobody for who they are.
    limits = {each for each in _taking_an_actor(world.index) if each.startswith("limit_uploads.")}
    assert _taking_an_actor(world.index) - limits == set(OF_INDEX)
    # Authentication looks an actor up again, and says who it is by now.
    assert _taking_an_actor(world.site) - AS_ABSENT - {"authenticate.again"} == set(OF_SITE)


@pytest.mark.parametrize("name", USE_CASES)
def test_a_use_case_refuses_every_token_whose_scope_leaves_it_out(name: str) -> None:
    needs, run = USE_CASES[name]
    world = World()
    for title, scope in NARROW.items():
        if permits(scope, needs):
            continue
        actor = world.actor(scope)
        before = world.state()
        with pytest.raises(NotAllowed):
            print(name, title, run(world, actor))
        assert world.state() == before


@pytest.mark.parametrize("name", OF_INDEX)
def test_a_use_case_refuses_a_stranger_of_a_private_index(name: str) -> None:
    _needs, run = OF_INDEX[name]
    world = World()
    world.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    with pytest.raises(pypi_core.errors.Unauthenticated):
        run(world, ANONYMOUS)


@pytest.mark.parametrize("name", [name for name, (needs, _run) in USE_CASES.items() if needs is Action.READ])
def test_a_use_case_that_reads_passes_every_token_for_its_index(name: str) -> None:
    _needs, run = USE_CASES[name]
    world = World()
    for scope in NARROW.values():
        if permits(scope, Action.READ):
            try:
                run(world, world.actor(scope))
            except NotAllowed as error:
                pytest.fail(f"{scope}: {error}")
            except pypi_core.errors.NotFound:
                pass


class TestTokensOfTheAccount:
    @pytest.mark.parametrize("title", NARROW)
    def test_a_limited_token_sees_itself_alone(self, title: str) -> None:
        world = World()
        actor = world.actor(NARROW[title])

        assert [each.id for each in world.site.tokens.of(actor, "ada")] == [actor.token_id]

    @pytest.mark.parametrize("title", NARROW)
    def test_a_limited_token_revokes_itself_alone(self, title: str) -> None:
        world = World()
        actor = world.actor(NARROW[title])
        assert actor.token_id is not None

        for other in (world.other_token, world.token_of_bob, TokenId("absent")):
            with pytest.raises(NotAllowed, match="itself only"):
                world.site.revoke_token(actor, other)
        world.site.revoke_token(actor, actor.token_id)

        left = {each.id for each in world.site.tokens.of(OPERATOR, "ada")}
        assert actor.token_id not in left
        assert world.other_token in left

    @pytest.mark.parametrize("title", NARROW)
    def test_a_limited_token_cannot_list_all_tokens(self, title: str) -> None:
        world = World()

        with pytest.raises(NotAllowed):
            world.site.tokens.all(world.actor(NARROW[title]))

    def test_an_administrator_sees_and_revokes_those_of_another_account(self) -> None:
        world = World()

        assert [each.id for each in world.site.tokens.of(world.ada, "bob")] == [world.token_of_bob]
        assert {each.username for each in world.site.tokens.all(world.ada)} == {"ada", "bob"}
        world.site.revoke_token(world.ada, world.token_of_bob)
        assert list(world.site.tokens.of(world.ada, "bob")) == []


# What each method of JSON-RPC needs; `None` is for those that concern no index and no account.
METHODS: Mapping[str, tuple[Needs | None, dict[str, object]]] = {
    "index.status": (Action.READ, {}),
    "index.list": (None, {}),
    "search.query": (Action.READ, {"words": "sample"}),
    "project.get": (Action.READ, {"name": NAME}),
    "project.list": (Action.READ, {}),
    "project.create": (Action.CREATE_PROJECT, {"name": NAME}),
    "project.set_status": (Action.MANAGE, {"name": NAME, "status": "archived"}),
    "project.delete": (Action.DELETE, {"name": NAME}),
    "project.roles": (Action.READ, {"name": NAME}),
    "project.add_role": (Action.MANAGE, {"name": NAME, "username": "bob", "role": "Maintainer"}),
    "project.remove_role": (Action.MANAGE, {"name": NAME, "username": "ada"}),
    "release.list": (Action.READ, {"name": NAME}),
    "release.get": (Action.READ, {"name": NAME, "version": "1.0"}),
    "release.yank": (Action.YANK, {"name": NAME, "version": "1.0"}),
    "release.unyank": (Action.YANK, {"name": NAME, "version": "1.0"}),
    "release.delete": (Action.DELETE, {"name": NAME, "version": "1.0"}),
    "release.set_metadata": (
        Action.UPLOAD,
        {
            "name": NAME,
            "version": "2.0",
            "metadata": "Metadata-Version: 2.1\nName: Sample\nVersion: 2.0\n",
        },
    ),
    "upload.begin": (
        Action.UPLOAD,
        {
            "name": NAME,
            "version": "3.0",
            "files": [{"filename": "sample-3.0.tar.gz", "size": 1, "sha256": "0" * 64}],
        },
    ),
    "upload.status": (Action.UPLOAD, {"session": "SESSION"}),
    "upload.complete": (Action.UPLOAD, {"session": "SESSION"}),
    "upload.cancel": (Action.UPLOAD, {"session": "SESSION"}),
    "release.publish": (Action.UPLOAD, {"session": "SESSION"}),
    "file.get": (Action.READ, {"filename": PUBLISHED.filename}),
    "project.downloads": (Action.READ, {"name": NAME}),
    "file.find": (Action.READ, {"sha256": PUBLISHED.sha256}),
    "file.status": (Action.READ, {"filename": PUBLISHED.filename}),
    "file.yank": (Action.YANK, {"filename": PUBLISHED.filename}),
    "file.unyank": (Action.YANK, {"filename": PUBLISHED.filename}),
    "file.delete": (Action.DELETE, {"filename": PUBLISHED.filename}),
    "docs.begin": (Action.UPLOAD, {"name": NAME, "version": "1.0", "size": 1, "sha256": "0" * 64}),
    "docs.complete": (Action.UPLOAD, {"upload": "DOCUMENTATION"}),
    "docs.list": (Action.READ, {"name": NAME}),
    "docs.delete": (Action.UPLOAD, {"name": NAME, "version": "1.0"}),
    "changes.since": (Action.READ, {"serial": 0}),
    "validate.metadata": (Action.READ, {"metadata": "Metadata-Version: 2.1\nName: a\nVersion: 1\n"}),
    "validate.filename": (Action.READ, {"filename": PUBLISHED.filename}),
    "token.create": (Whole.ACCOUNT, {"description": "wider"}),
    "token.revoke": (Whole.ITSELF, {"id": "OTHER"}),
    # It lists itself alone, see above.
    "token.list": (None, {}),
    "account.whoami": (None, {}),
    # A password is the proof of these, whatever token comes with it.
    "token.exchange": (None, {"username": "ada", "password": "wrong", "description": "laptop"}),
    "account.change_password": (
        None,
        {"username": "ada", "password": "wrong", "new_password": "battery staple"},
    ),
    "rpc.discover": (None, {}),
}


def test_every_method_is_tried_here() -> None:
    assert {each.name for each in methods.METHODS} == set(METHODS)


@pytest.mark.parametrize("name", [name for name, (needs, _params) in METHODS.items() if needs])
def test_a_method_refuses_every_token_whose_scope_leaves_it_out(name: str) -> None:
    needs, params = METHODS[name]
    assert needs is not None
    world = World()
    ids = {"SESSION": world.session, "DOCUMENTATION": world.documentation, "OTHER": world.other_token}
    params |= {key: ids[value] for key, value in params.items() if isinstance(value, str) and value in ids}
    endpoint = JsonRpcEndpoint(world.site)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": name, "params": params}).encode()
    for title, scope in NARROW.items():
        if permits(scope, needs):
            continue
        actor = world.actor(scope)
        before = world.state()
        answer = json.loads(endpoint(world.index, actor, body) or b"")
        assert answer["error"]["data"]["code"] == "not-allowed", title
        assert world.state() == before, title


def test_a_maintainer_with_a_narrow_token_cannot_leave() -> None:
    world = World()
    world.index.grant_role(world.ada, NAME, "bob", Role.MAINTAINER)
    narrow = replace(world.memory.actor("bob"), scope=TokenScope(actions=frozenset({Action.UPLOAD})))

    with pytest.raises(NotAllowed):
        world.index.revoke_role(narrow, NAME, "bob")


class TestDecisions:
    """They are made in one module, which looks at the scope: nobody else asks an actor what decides."""

    # What records or counts who acts, and decides nothing.
    RECORDING: ClassVar = {
        ("domain/audit.py", "account_id"),
        ("domain/audit.py", "proof"),
        ("use_cases/publishing/begin_upload.py", "account_id"),
        ("use_cases/governing/projects.py", "account_id"),
        ("use_cases/upload_limits.py", "account_id"),
        ("use_cases/upload_limits.py", "is_administrator"),
        # Leaving is managing one's own role: the scope is asked about it in the next line.
        ("use_cases/governing/roles.py", "account_id"),
        # Whose invitations are looked for: one's own.
        ("use_cases/governing/invitations.py", "account_id"),
        ("use_cases/reading/projects.py", "account_id"),
    }

    def test_only_permissions_reads_what_decides_about_an_actor(self) -> None:
        package = Path(pypi_core.__file__).parent
        found = {
            (file.relative_to(package).as_posix(), node.attr)
            for folder in ("domain", "use_cases")
            for file in (package / folder).rglob("*.py")
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
            and node.attr in {"is_administrator", "account_id", "scope", "proof"}
            and isinstance(node.value, ast.Name)
            and node.value.id == "actor"
        }

        assert {each for each in found if each[0] != "domain/permissions.py"} == self.RECORDING

    def test_only_permissions_makes_permits(self) -> None:
        package = Path(pypi_core.__file__).parents[1]
        makers = {
            file.relative_to(package).as_posix()
            for folder in ("pypi_core", "adapters", "entrypoints")
            for file in (package / folder).rglob("*.py")
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Permit"
        }

        assert makers == {"pypi_core/domain/permissions.py"}
