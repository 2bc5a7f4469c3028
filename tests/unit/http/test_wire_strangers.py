"""A stranger gets the same answer for what a private index has and for what it has not, on every route."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from xmlrpc.client import dumps

import pytest

from pypi_contracts.assembly import TEST_INDEX
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import OPERATOR, TokenScope
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings, Reading
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.upload_sessions import DOCUMENTATION_ZIP, DeclaredFile
from pypi_core.domain.versions import parse_version
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_protocol.methods import METHODS
from pypi_web import frontend
from pypi_xmlrpc_api import XmlRpcEndpoint
from pypi_xmlrpc_api.methods import Method

PRESENT, ABSENT = build_wheel("hidden", "1.0"), build_wheel("absent", "1.0")
COMING = build_sdist("hidden", "2.0")
DOCUMENTATION = build_documentation({"index.html": b"hidden"})
PRIVATE = IndexName("private")
ROOTS = ("", "/i/private")
# Each with an address of its own: who fails too often is not answered any more.
STRANGERS = {
    "nobody": "192.0.2.1",
    "bad token": "192.0.2.2",
    "password": "192.0.2.3",
    "unreadable": "192.0.2.4",
    "token of another index": "192.0.2.5",
}
XML = {"content-type": "text/xml"}


class World(NamedTuple):
    """A wire to two private indexes with the same in them, and the ids of what is under way there."""

    wire: Any
    sessions: Mapping[str, str]
    documentation: Mapping[str, str]

    def headers(self, stranger: str) -> dict[str, str]:
        match stranger:
            case "bad token":
                return {"authorization": "Bearer pidx_nonsense"}
            case "password":
                return dict(self.wire.basic("alice", "correct horse"))
            case "unreadable":
                return {"authorization": "Basic !!!"}
            case "token of another index":
                scope = TokenScope(indexes=frozenset({TEST_INDEX}))
                secret = self.wire.memory.site.issue_token(OPERATOR, "alice", "narrow", scope).secret
                return {"authorization": f"Bearer {secret}"}
        return {}


@pytest.fixture
def world(wired: Any, memory: Any) -> World:
    wire = wired(json_rpc=JsonRpcEndpoint(memory.site), xml_rpc=XmlRpcEndpoint(), frontend=frontend())
    alice = memory.actor("alice")
    memory.site.create_index(OPERATOR, PRIVATE, IndexSettings())
    sessions, uploads = {}, {}
    for name, root in ((DEFAULT_INDEX, ""), (PRIVATE, "/i/private")):
        index = memory.site.index(name)
        memory.publish(alice, PRESENT, index)
        memory.document(alice, NormalizedName("hidden"), "1.0", DOCUMENTATION, index)
        declared = DeclaredFile(filename=COMING.filename, size=len(COMING.content), sha256=COMING.sha256)
        sessions[root] = index.begin_upload(
            alice, DisplayName("hidden"), parse_version("2.0"), [declared]
        ).session.id
        uploads[root] = index.begin_upload.for_documentation(
            alice,
            NormalizedName("hidden"),
            parse_version("1.0"),
            DeclaredFile(filename=DOCUMENTATION_ZIP, size=1, sha256="0" * 64),
        ).session.id
        memory.work()
        memory.site.configure_index(OPERATOR, name, IndexSettings(reading=Reading.PRIVATE))
    return World(wire, sessions, uploads)


def path_of(distribution: BuiltDistribution) -> str:
    digest = distribution.blake2_256
    return f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{distribution.filename}"


Request = tuple[str, dict[str, str], bytes]
Pair = Callable[[World, str], tuple[Request, Request]]


def _pair(present: str, absent: str) -> Pair:
    return lambda _world, root: ((root + present, {}, b""), (root + absent, {}, b""))


def _session(world: World, root: str) -> tuple[Request, Request]:
    return (
        (f"{root}/upload/{world.sessions[root]}/{COMING.filename}", {}, b"bytes"),
        (f"{root}/upload/{'0' * 32}/{COMING.filename}", {}, b"bytes"),
    )


def _documentation(world: World, root: str) -> tuple[Request, Request]:
    return (
        (f"{root}/upload/{world.documentation[root]}/{DOCUMENTATION_ZIP}", {}, b"b"),
        (f"{root}/upload/{'0' * 32}/{DOCUMENTATION_ZIP}", {}, b"b"),
    )


def _form(target: str, action: str = "file_upload") -> Pair:
    def forms(world: World, root: str) -> tuple[Request, Request]:
        requests = []
        for each in (PRESENT, ABSENT):
            fields = [(name, action if name == ":action" else value) for name, value in each.form_fields()]
            part = world.wire.file_part(f'filename="{each.filename}"', each.content)
            body = world.wire.multipart(fields, [part])
            content_type = {"content-type": "multipart/form-data; boundary=a-boundary"}
            requests.append((root + target, content_type, body))
        return requests[0], requests[1]

    return forms


def _broken_form(_world: World, root: str) -> tuple[Request, Request]:
    headers = {"content-type": "multipart/form-data; boundary=a-boundary"}
    return (f"{root}/legacy/", headers, b"nonsense"), (f"{root}/legacy/", {}, b"")


def _xml(target: str) -> Pair:
    def call(name: str) -> bytes:
        return (
            "<methodCall><methodName>package_releases</methodName><params><param><value>"
            f"<string>{name}</string></value></param></params></methodCall>"
        ).encode()

    return lambda _world, root: ((root + target, XML, call("hidden")), (root + target, XML, call("absent")))


# For each route and method: the same request for what is there and for what is not.
ROUTES: Mapping[tuple[str, str], list[Pair]] = {
    ("GET", "/simple"): [_pair("/simple/", "/simple/?format=nonsense"), _pair("/simple", "/simple?a=b")],
    ("GET", "/simple/{name:str}"): [
        _pair("/simple/hidden/", "/simple/absent/"),
        _pair("/simple/hidden", "/simple/-/"),
        _pair("/simple/HIDDEN/", "/simple/ABSENT/"),
    ],
    ("GET", "/packages/{first:str}/{second:str}/{rest:str}/{filename:str}"): [
        _pair(path_of(PRESENT), path_of(ABSENT)),
        _pair(f"{path_of(PRESENT)}.metadata", f"{path_of(ABSENT)}.metadata"),
        _pair(f"/packages/py3/h/hidden/{PRESENT.filename}", f"/packages/py3/a/absent/{ABSENT.filename}"),
        _pair(path_of(PRESENT), "/packages/aa/bb/cc/absent-1.0.tar.gz"),
    ],
    ("POST", "/legacy"): [
        _form("/legacy/"),
        _form("/legacy/", "verify"),
        _form("/legacy/", "doc_upload"),
        _form("/legacy/?:action=nonsense"),
        _form("/legacy"),
        _broken_form,
    ],
    ("GET", "/docs/{name:str}"): [_pair("/docs/hidden", "/docs/absent")],
    ("GET", "/docs/{name:str}/{version:str}"): [
        _pair("/docs/hidden/1.0", "/docs/absent/1.0"),
        _pair("/docs/hidden/latest/", "/docs/absent/latest/"),
    ],
    ("GET", "/docs/{name:str}/{version:str}/{path:path}"): [
        _pair("/docs/hidden/1.0/index.html", "/docs/hidden/1.0/absent.html")
    ],
    ("GET", "/upload/{session:str}/{filename:str}"): [_session, _documentation],
    ("PUT", "/upload/{session:str}/{filename:str}"): [_session, _documentation],
    ("GET", "/pypi/{name:str}/json"): [
        _pair("/pypi/hidden/json", "/pypi/absent/json"),
        _pair("/pypi/HIDDEN/json", "/pypi/ABSENT/json"),
    ],
    ("GET", "/pypi/{name:str}/{version:str}/json"): [_pair("/pypi/hidden/1.0/json", "/pypi/hidden/9.0/json")],
    ("GET", "/changes"): [_pair("/changes", "/changes?since=nonsense")],
    ("GET", "/integrity/{name:str}/{version:str}/{filename:str}/provenance"): [
        _pair(
            f"/integrity/hidden/1.0/{PRESENT.filename}/provenance",
            f"/integrity/absent/1.0/{ABSENT.filename}/provenance",
        )
    ],
    ("GET", "/rss/updates.xml"): [_pair("/rss/updates.xml", "/rss/updates.xml?a=b")],
    ("GET", "/rss/packages.xml"): [_pair("/rss/packages.xml", "/rss/packages.xml?a=b")],
    ("GET", "/rss/project/{name:str}/releases.xml"): [
        _pair("/rss/project/hidden/releases.xml", "/rss/project/absent/releases.xml")
    ],
    ("GET", "/pypi"): [
        _pair("/pypi?:action=display&name=hidden", "/pypi?:action=display&name=-"),
        _pair("/pypi?:action=nonsense", "/pypi?:action=browse"),
    ],
    ("POST", "/pypi"): [_xml("/pypi"), _form("/pypi", "doc_upload"), _form("/pypi", "nonsense")],
    ("POST", "/RPC2"): [_xml("/RPC2")],
    ("GET", "/"): [_pair("/", "/?a=b")],
    ("GET", "/search"): [_pair("/search/?q=hidden", "/search/?q=absent")],
    ("GET", "/suggestions"): [_pair("/suggestions?q=hidden", "/suggestions?q=absent")],
    ("GET", "/classifiers"): [_pair("/classifiers/", "/classifiers/?below=nonsense")],
    ("GET", "/activity"): [_pair("/activity/", "/activity/?before=1")],
    ("GET", "/use"): [_pair("/use/", "/use/?format=json")],
    ("GET", "/about"): [_pair("/about/", "/about/?format=json")],
    ("GET", "/user/{username:str}"): [_pair("/user/alice/", "/user/nobody/")],
    ("GET", "/robots.txt"): [_pair("/robots.txt", "/robots.txt?a=b")],
    ("GET", "/sitemap.xml"): [_pair("/sitemap.xml", "/sitemap.xml?part=99")],
    ("GET", "/stats"): [_pair("/stats/", "/stats/?a=b")],
    ("GET", "/project/{name:str}"): [_pair("/project/hidden/", "/project/absent/")],
    ("GET", "/project/{name:str}/{version:str}"): [
        _pair("/project/hidden/1.0/", "/project/hidden/9.0/"),
        _pair("/project/hidden/files/", "/project/absent/files/"),
    ],
    ("GET", "/project/{name:str}/{version:str}/compare/{other:str}"): [
        _pair("/project/hidden/1.0/compare/1.0/", "/project/hidden/1.0/compare/9.0/"),
    ],
    ("GET", "/project/{name:str}/{version:str}/{tab:str}"): [
        _pair("/project/hidden/1.0/files/", "/project/hidden/9.0/files/"),
        _pair("/project/hidden/1.0/security/", "/project/hidden/1.0/nonsense/"),
    ],
}
# They are the same for every index, or answer call by call (below).
WITHOUT_CONTENT = {
    "/favicon.ico", "/health/live", "/health/ready", "/openapi.json", "/rpc", "/rpc/openrpc.json",
}  # fmt: skip
PAIRS = [(*key, number) for key, pairs in ROUTES.items() for number in range(len(pairs))]


def test_every_route_is_tried_here(world: World) -> None:
    application = world.wire.application
    while not hasattr(application, "routes"):
        application = application._application
    served = {
        (method, route.path)
        for route in application.routes
        for method in route.methods - {"OPTIONS"}
        if route.path not in WITHOUT_CONTENT and not route.path.startswith("/static/")
    }

    # Pages of people who log in show nothing without a session: tests/unit/web/test_account_steps.py.
    of_accounts = {each for each in served if each[1].startswith(("/account", "/manage"))}
    assert served - of_accounts == set(ROUTES)


@pytest.mark.parametrize(("method", "route", "number"), PAIRS)
def test_a_stranger_gets_one_answer(world: World, method: str, route: str, number: int) -> None:
    for stranger, address in STRANGERS.items():
        for root in ROOTS:
            answers = [
                world.wire.request(
                    method, target, {**headers, **world.headers(stranger)}, body, client=address
                )
                for target, headers, body in ROUTES[method, route][number](world, root)
            ]

            assert {each.status for each in answers} <= {401, 403}, (stranger, answers)
            assert answers[0] == answers[1], stranger
            assert b"hidden" not in answers[0].body, stranger


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("suffix", ["", ".metadata"])
def test_a_private_file_is_not_found_at_a_public_root(world: World, stranger: str, suffix: str) -> None:
    memory = world.wire.memory
    memory.index.delete_project(OPERATOR, NormalizedName("hidden"))
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
    headers = world.headers(stranger)
    if stranger == "token of another index":
        # It may not read the main index either.
        scope = TokenScope(indexes=frozenset({TEST_INDEX, DEFAULT_INDEX}))
        secret = memory.site.issue_token(OPERATOR, "alice", "narrow", scope).secret
        headers = {"authorization": f"Bearer {secret}"}

    present, absent = (world.wire.get(path_of(each) + suffix, headers) for each in (PRESENT, ABSENT))

    assert present.status == absent.status == 404
    assert present.text.replace(PRESENT.filename, "FILE") == absent.text.replace(ABSENT.filename, "FILE")


def test_a_reader_of_the_private_index_finds_its_file_at_the_root(world: World) -> None:
    headers = {"authorization": f"Bearer {world.wire.token}"}

    assert world.wire.get(path_of(PRESENT), headers).status == 302
    assert world.wire.get(path_of(ABSENT), headers).status == 404


CALLS: Mapping[str, tuple[dict[str, object], dict[str, object]]] = {
    "index.status": ({}, {}),
    "search.query": ({"words": "hidden"}, {"words": "absent"}),
    "project.get": ({"name": "hidden"}, {"name": "absent"}),
    "project.list": ({}, {"limit": 1}),
    "project.create": ({"name": "hidden"}, {"name": "absent"}),
    "project.set_status": (
        {"name": "hidden", "status": "archived"},
        {"name": "absent", "status": "archived"},
    ),
    "project.delete": ({"name": "hidden"}, {"name": "absent"}),
    "project.roles": ({"name": "hidden"}, {"name": "absent"}),
    "project.add_role": (
        {"name": "hidden", "username": "alice", "role": "Owner"},
        {"name": "absent", "username": "alice", "role": "Owner"},
    ),
    "project.remove_role": (
        {"name": "hidden", "username": "alice"},
        {"name": "absent", "username": "nobody"},
    ),
    "release.list": ({"name": "hidden"}, {"name": "absent"}),
    "release.get": ({"name": "hidden", "version": "1.0"}, {"name": "hidden", "version": "9.0"}),
    "release.yank": ({"name": "hidden", "version": "1.0"}, {"name": "hidden", "version": "9.0"}),
    "release.unyank": ({"name": "hidden", "version": "1.0"}, {"name": "absent", "version": "1.0"}),
    "release.delete": ({"name": "hidden", "version": "1.0"}, {"name": "hidden", "version": "9.0"}),
    "release.set_metadata": (
        {
            "name": "hidden",
            "version": "1.0",
            "metadata": "Metadata-Version: 2.1\nName: hidden\nVersion: 1.0\n",
        },
        {
            "name": "absent",
            "version": "1.0",
            "metadata": "Metadata-Version: 2.1\nName: absent\nVersion: 1.0\n",
        },
    ),
    "upload.begin": tuple(
        {
            "name": each.filename.partition("-")[0],
            "version": "1.0",
            "files": [{"filename": each.filename, "size": 1, "sha256": "0" * 64}],
        }
        for each in (PRESENT, ABSENT)
    ),  # type: ignore[dict-item]
    "upload.status": ({"session": "SESSION"}, {"session": "0" * 32}),
    "upload.complete": ({"session": "SESSION"}, {"session": "0" * 32}),
    "upload.cancel": ({"session": "SESSION"}, {"session": "0" * 32}),
    "release.publish": ({"session": "SESSION"}, {"session": "0" * 32}),
    "file.get": ({"filename": PRESENT.filename}, {"filename": ABSENT.filename}),
    "project.downloads": ({"name": "hidden"}, {"name": "absent"}),
    "file.find": ({"sha256": PRESENT.sha256}, {"sha256": "nonsense"}),
    "file.status": ({"filename": PRESENT.filename}, {"filename": COMING.filename}),
    "file.yank": ({"filename": PRESENT.filename}, {"filename": ABSENT.filename}),
    "file.unyank": ({"filename": PRESENT.filename}, {"filename": ABSENT.filename}),
    "file.delete": ({"filename": PRESENT.filename}, {"filename": ABSENT.filename}),
    "docs.begin": (
        {"name": "hidden", "version": "1.0", "size": 1, "sha256": "0" * 64},
        {"name": "absent", "version": "1.0", "size": 1, "sha256": "0" * 64},
    ),
    "docs.complete": ({"upload": "DOCUMENTATION"}, {"upload": "0" * 32}),
    "docs.list": ({"name": "hidden"}, {"name": "absent"}),
    "docs.delete": ({"name": "hidden", "version": "1.0"}, {"name": "hidden", "version": "9.0"}),
    "changes.since": ({"serial": 0}, {"serial": 10**9}),
    "validate.metadata": (
        {"metadata": "Metadata-Version: 2.1\nName: a\nVersion: 1\n"},
        {"metadata": "nonsense"},
    ),
    "validate.filename": ({"filename": PRESENT.filename}, {"filename": "nonsense"}),
}
# On accounts, or the same for every index: what an index holds is not in their answers.
ELSEWHERE = {
    "index.list", "rpc.discover", "token.create", "token.exchange", "token.list", "token.revoke",
    "account.whoami", "account.change_password",
}  # fmt: skip


def test_every_method_is_tried_here() -> None:
    methods = {each.name for each in METHODS}

    assert methods - ELSEWHERE == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_a_stranger_who_calls_gets_one_answer(world: World, name: str) -> None:
    for stranger, address in STRANGERS.items():
        for root in ROOTS:
            ids = {"SESSION": world.sessions[root], "DOCUMENTATION": world.documentation[root]}
            headers = {"content-type": "application/json", **world.headers(stranger)}
            answers = []
            for given in CALLS[name]:
                params = {key: ids.get(str(value), value) for key, value in given.items()}
                call = {"jsonrpc": "2.0", "id": 1, "method": name, "params": params}
                answers += [
                    world.wire.request(
                        "POST", f"{root}/rpc", headers, json.dumps(body).encode(), client=address
                    )
                    for body in (call, [call, call])
                ]

            assert answers[:2] == answers[2:], stranger
            for each in answers:
                if stranger == "token of another index":
                    answered = each.json if isinstance(each.json, list) else [each.json]
                    assert {one["error"]["data"]["code"] for one in answered} == {"not-allowed"}
                else:
                    assert each.status in {401, 403}, stranger


# What an XML-RPC method is asked by: of what there is, and of what there is not.
ARGUMENTS: Mapping[str, tuple[Any, Any]] = {
    "name": ("hidden", "absent"),
    "version": ("1.0", "9.0"),
    "show_hidden": (True, False),
    "with_ids": (True, False),
    "num": (1, 0),
    "spec": ({"name": "hidden"}, {"name": "absent"}),
    "operator": ("and", "or"),
    "classifiers": (["Topic :: Utilities"], ["nonsense"]),
    "user": ("alice", "nobody"),
    "since": (0, 10**9),
    "serial": (0, 10**9),
    "calls": (
        [{"methodName": "package_releases", "params": ["hidden"]}],
        [{"methodName": "package_releases", "params": ["absent"]}],
    ),
}


@pytest.mark.parametrize("method", XmlRpcEndpoint().methods, ids=lambda each: each.name)
def test_a_stranger_who_calls_xml_rpc_gets_one_answer(world: World, method: Method) -> None:
    calls = [
        dumps(tuple(ARGUMENTS[each.name][number] for each in method.parameters), method.name).encode()
        for number in (0, 1)
    ]
    for stranger, address in STRANGERS.items():
        headers = {**XML, **world.headers(stranger)}
        for target in [root + path for root in ROOTS for path in ("/pypi", "/RPC2")]:
            answers = [world.wire.request("POST", target, headers, call, client=address) for call in calls]

            assert answers[0].status in {401, 403}, stranger
            assert answers[0] == answers[1], stranger


class TestBadCredentialsOnAPublicIndex:
    """They count as none for what reads; what changes something and ``account.whoami`` refuse them."""

    BAD: Any = ("bad token", "unreadable")

    @pytest.fixture
    def public(self, world: World) -> World:
        world.wire.memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
        return world

    def call(self, world: World, stranger: str, body: object) -> Any:
        headers = {"content-type": "application/json", **world.headers(stranger)}
        return world.wire.request("POST", "/rpc", headers, json.dumps(body).encode())

    @pytest.mark.parametrize("stranger", BAD)
    @pytest.mark.parametrize(
        "name", ["project.get", "release.list", "file.status", "changes.since", "index.list"]
    )
    def test_a_call_that_reads_is_answered_as_anonymous(
        self, public: World, name: str, stranger: str
    ) -> None:
        call = {"jsonrpc": "2.0", "id": 1, "method": name, "params": CALLS.get(name, ({},))[0]}

        answer = self.call(public, stranger, call)

        assert answer == self.call(public, "nobody", call)
        assert "result" in answer.json

    @pytest.mark.parametrize("stranger", [*BAD, "password"])
    def test_every_call_that_writes_is_refused(self, public: World, stranger: str) -> None:
        code = "password-not-accepted" if stranger == "password" else "invalid-credentials"
        for method in METHODS:
            if method.writes or method.name == "account.whoami":
                params = CALLS.get(method.name, ({},))[0]
                call = {"jsonrpc": "2.0", "id": 1, "method": method.name, "params": params}

                alone = self.call(public, stranger, call)
                [in_a_batch] = self.call(public, stranger, [call]).json

                assert alone.status == (403 if stranger == "password" else 401), method.name
                assert in_a_batch["error"]["data"]["code"] == code

    @pytest.mark.parametrize("stranger", BAD)
    def test_a_batch_is_judged_call_by_call(self, public: World, stranger: str) -> None:
        calls = [
            {"jsonrpc": "2.0", "id": 1, "method": "project.get", "params": {"name": "hidden"}},
            {"jsonrpc": "2.0", "id": 2, "method": "project.create", "params": {"name": "new"}},
            {"jsonrpc": "2.0", "id": 3, "method": "account.whoami"},
            {"jsonrpc": "2.0", "id": 4, "method": "index.status"},
        ]

        answer = self.call(public, stranger, calls)

        assert answer.status == 200
        assert ["result" in each for each in answer.json] == [True, False, False, True]
        assert {each["error"]["data"]["code"] for each in answer.json if "error" in each} == {
            "invalid-credentials"
        }

    def test_no_call_asks_for_a_token_and_whoami_answers(self, public: World) -> None:
        create = {"jsonrpc": "2.0", "id": 1, "method": "project.create", "params": {"name": "new"}}
        whoami = {"jsonrpc": "2.0", "id": 1, "method": "account.whoami"}

        assert self.call(public, "nobody", create).json["error"]["data"]["code"] == "unauthenticated"
        assert self.call(public, "nobody", whoami).json["result"]["username"] is None

    @pytest.mark.parametrize(
        ("header", "why"),
        [
            ("Basic !!!", "is not base64"),
            ("Basic bm9jb2xvbg==", "no colon"),
            ("Basic 6eg6eA==", "not UTF-8"),
            ("Bearer", "no token after its scheme"),
            ("Digest username=x", "neither Bearer nor Basic"),
        ],
    )
    def test_an_unreadable_header_is_reported_as_what_it_is(
        self, public: World, header: str, why: str
    ) -> None:
        wire = public.wire
        content_type = {"content-type": "multipart/form-data; boundary=a-boundary"}

        upload = wire.request("POST", "/legacy/", {"authorization": header, **content_type})
        private = wire.request("GET", "/i/private/simple/", {"authorization": header})
        read = wire.request("GET", "/simple/", {"authorization": header})

        for answer in (upload, private):
            assert answer.status == 401
            assert "www-authenticate" in answer.headers
            assert "The Authorization header cannot be read: " in answer.phrase
            assert why in answer.phrase
        assert read.status == 200

    @pytest.mark.parametrize("header", ["", "Basic Og=="])
    def test_an_empty_header_counts_as_none(self, public: World, header: str) -> None:
        answer = public.wire.request(
            "POST", "/legacy/", {"authorization": header, "content-type": "multipart/form-data; boundary=a"}
        )

        assert answer.status == 401
        assert "Credentials are needed" in answer.phrase


class TestDisabledAccounts:
    def test_the_very_next_request_is_refused(self, world: World) -> None:
        wire, memory = world.wire, world.wire.memory
        headers = {"authorization": f"Bearer {wire.token}"}
        paths = ["/simple/hidden/", path_of(PRESENT), "/project/hidden/", "/changes"]
        assert {wire.get(path, headers).status for path in paths * 2} == {200, 302}

        memory.site.disable_account(OPERATOR, "alice")

        assert {wire.get(path, headers).status for path in paths} == {401}
        upload = wire.upload(ABSENT)
        assert (upload.status, upload.bodies_read) == (401, 0)

        memory.site.enable_account(OPERATOR, "alice")
        assert {wire.get(path, headers).status for path in paths} == {200, 302}

    def test_the_answer_is_that_to_a_revoked_and_to_an_expired_token(self, world: World) -> None:
        memory = world.wire.memory
        bearers = {}
        for name in ("disabled", "revoked", "expired"):
            memory.account(name)
            expires = memory.clock.now().replace(year=2027) if name == "expired" else None
            bearers[name] = memory.site.issue_token(OPERATOR, name, "token", expires=expires)
        memory.site.disable_account(OPERATOR, "disabled")
        memory.site.revoke_token(OPERATOR, bearers["revoked"].token.id)
        memory.clock.advance(memory.clock.now().replace(year=2028) - memory.clock.now())

        answers = [
            world.wire.get("/simple/hidden/", {"authorization": f"Bearer {each.secret}"})
            for each in bearers.values()
        ]

        assert answers[0] == answers[1] == answers[2]
        assert answers[0].status == 401
