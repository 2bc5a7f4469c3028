"""The methods of XML-RPC on an index in memory, asked and read with Python's own client."""

from __future__ import annotations

import xmlrpc.client
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor, Role
from pypi_core.domain.downloads import DownloadClient, DownloadCount
from pypi_core.domain.entities import ProjectStatus, Status
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings, Reading
from pypi_core.domain.names import DisplayName, parse_project_name
from pypi_core.errors import Unauthenticated
from pypi_xmlrpc_api import XmlRpcEndpoint

ENDPOINT = XmlRpcEndpoint()
START = 1_772_366_400
STABLE = "Development Status :: 5 - Production/Stable"
PYTHON = "Programming Language :: Python"


@pytest.fixture
def site() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def filled(site: InMemorySite) -> InMemorySite:
    """Publish two releases of Foo.Bar and one of spam, a second apart."""
    alice = site.actor("alice")
    for each in (
        build_wheel(
            "Foo.Bar",
            "1.0",
            summary="Greets & <says> hello",
            requires_dist=["needed>=2"],
            requires_python=">=3.9",
            metadata_version="2.1",
            extra_metadata=[
                ("Keywords", "greeting,hello"),
                ("Author", "Zoë Ångström"),
                ("License", "MIT"),
                ("Platform", "any"),
                ("Project-URL", "Source, https://index.example/source"),
                ("Classifier", PYTHON),
                ("Classifier", STABLE),
            ],
        ),
        build_sdist("Foo.Bar", "1.0"),
        build_wheel("Foo.Bar", "2.0rc1", extra_metadata=[("Classifier", PYTHON)]),
        build_wheel("spam", "0.1", summary="Says nothing", extra_metadata=[("Author", "Somebody Else")]),
    ):
        site.clock.advance(timedelta(seconds=1))
        site.publish(alice, each)
    site.work()
    return site


def call(site: InMemorySite, method: str, *arguments: Any, actor: Actor = ANONYMOUS) -> Any:
    """Return what Python's client makes of the answer."""
    body = xmlrpc.client.dumps(arguments, method, allow_none=True).encode()
    answer = ENDPOINT(
        site.index,
        actor,
        body,
        base_url="https://index.example/i/test",
        site_url="https://index.example",
    )
    whole = answer if isinstance(answer, bytes) else b"".join(answer.chunks(gzip=False))
    return xmlrpc.client.loads(whole)[0][0]


def fault(site: InMemorySite, method: str, *arguments: Any) -> tuple[int, str]:
    with pytest.raises(xmlrpc.client.Fault) as caught:
        call(site, method, *arguments)
    return caught.value.faultCode, caught.value.faultString


def quarantine(site: InMemorySite, name: str) -> None:
    with site.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.get(parse_project_name(name))
        uow.projects.update(replace(project, status=ProjectStatus(Status.QUARANTINED)))
        uow.commit()


def test_all_projects_are_listed_as_their_owners_spell_them(filled: InMemorySite) -> None:
    assert call(filled, "list_packages") == ["Foo.Bar", "spam"]
    assert call(filled, "list_packages_with_serial") == {"Foo.Bar": 7, "spam": 11}


def test_an_empty_index_lists_nothing(site: InMemorySite) -> None:
    assert call(site, "list_packages") == []
    assert call(site, "list_packages_with_serial") == {}
    assert call(site, "changelog_last_serial") == 0
    assert call(site, "changelog_since_serial", 0) == []


def test_the_lists_follow_what_is_published(filled: InMemorySite) -> None:
    call(filled, "list_packages_with_serial")

    filled.publish(filled.actor("alice"), build_wheel("spam", "0.2"))

    assert call(filled, "list_packages_with_serial") == {"Foo.Bar": 7, "spam": 13}


@pytest.mark.parametrize("name", ["Foo.Bar", "foo-bar", "FOO__bar"])
def test_the_releases_of_a_project_are_its_latest_or_all_of_them(filled: InMemorySite, name: str) -> None:
    assert call(filled, "package_releases", name) == ["1.0"]
    assert call(filled, "package_releases", name, False) == ["1.0"]
    assert call(filled, "package_releases", name, True) == ["2.0rc1", "1.0"]


@pytest.mark.parametrize("method", ["release_urls", "package_urls"])
def test_the_files_of_a_release_are_described(filled: InMemorySite, method: str) -> None:
    wheel, sdist = call(filled, method, "foo.bar", "1.0.0")

    assert (wheel["filename"], sdist["filename"]) == ("foo_bar-1.0-py3-none-any.whl", "foo_bar-1.0.tar.gz")
    assert (wheel["packagetype"], sdist["packagetype"]) == ("bdist_wheel", "sdist")
    assert (wheel["python_version"], wheel["has_sig"], wheel["downloads"]) == ("py3", False, 0)
    assert wheel["digests"] == {"md5": wheel["md5_digest"], "sha256": wheel["sha256_digest"]}
    assert wheel["url"] == f"https://index.example/{wheel['path']}"
    assert wheel["path"].startswith("packages/")
    assert wheel["upload_time"] == xmlrpc.client.DateTime("20260301T12:00:01")
    assert wheel["upload_time_iso_8601"] == "2026-03-01T12:00:01.000000Z"


@pytest.mark.parametrize("method", ["release_data", "package_data"])
def test_release_data_returns_the_metadata(filled: InMemorySite, method: str) -> None:
    data = call(filled, method, "foo-bar", "1.0")

    assert (data["name"], data["version"]) == ("Foo.Bar", "1.0")
    assert data["summary"] == "Greets & <says> hello"
    assert (data["author"], data["license"], data["platform"]) == ("Zoë Ångström", "MIT", "any")
    assert data["keywords"] == "greeting,hello"
    assert data["classifiers"] == [PYTHON, STABLE]
    assert (data["requires_dist"], data["requires_python"]) == (["needed>=2"], ">=3.9")
    assert data["project_url"] == ["Source, https://index.example/source"]
    assert data["package_url"] == "https://index.example/i/test/project/foo-bar/"
    assert data["release_url"] == "https://index.example/i/test/project/foo-bar/1.0/"
    assert (data["_pypi_ordering"], data["_pypi_hidden"]) == (0, False)
    assert call(filled, method, "foo-bar", "2.0rc1")["_pypi_hidden"] is True


KEYS_OF_A_RELEASE = """
    name version stable_version bugtrack_url package_url release_url docs_url home_page download_url
    project_url author author_email maintainer maintainer_email summary description license keywords
    platform classifiers requires requires_dist provides provides_dist obsoletes obsoletes_dist
    requires_python requires_external _pypi_ordering _pypi_hidden downloads
    cheesecake_code_kwalitee_id cheesecake_documentation_id cheesecake_installability_id
"""


def test_a_release_has_every_key_that_tools_of_old_read(filled: InMemorySite) -> None:
    data = call(filled, "release_data", "spam", "0.1")

    assert {*data} == {*KEYS_OF_A_RELEASE.split()}
    assert data["downloads"] == {"last_day": 0, "last_week": 0, "last_month": 0}
    assert data["stable_version"] is data["bugtrack_url"] is data["docs_url"] is None


def test_documentation_has_its_address(filled: InMemorySite) -> None:
    filled.document(OPERATOR, "foo-bar", "1.0", build_documentation())
    filled.work()

    assert call(filled, "release_data", "foo-bar", "1.0")["docs_url"].endswith("/docs/foo-bar/1.0/")
    assert call(filled, "release_data", "foo-bar", "2.0rc1")["docs_url"].endswith("/docs/foo-bar/latest/")


@pytest.mark.parametrize(
    ("name", "version"),
    [("nowhere", "1.0"), ("spam", "9.9"), ("spam", "not a version"), ("..", "1.0"), ("", "")],
)
def test_an_unknown_project_gives_an_empty_answer(filled: InMemorySite, name: str, version: str) -> None:
    assert call(filled, "release_urls", name, version) == []
    assert call(filled, "release_data", name, version) == {}
    assert call(filled, "release_downloads", name, version) == []
    if name != "spam":
        assert call(filled, "package_releases", name, True) == []
        assert call(filled, "package_roles", name) == []


def test_a_project_without_releases_has_none(site: InMemorySite) -> None:
    site.index.create_project(site.actor("alice"), DisplayName("bare"))

    assert call(site, "package_releases", "bare") == call(site, "package_releases", "bare", True) == []


def test_downloads_are_counted_up_to_yesterday(filled: InMemorySite) -> None:
    today = filled.clock.now().date()
    filled.database.download_batches.put(
        [
            DownloadCount(
                index=DEFAULT_INDEX,
                blake2_256=filled.index.files.find(OPERATOR, "foo_bar-1.0.tar.gz").digests.blake2_256,
                day=today - timedelta(days=age),
                client=DownloadClient(),
                count=count,
            )
            for age, count in ((0, 1), (1, 2))
        ]
    )
    filled.site.add_up_downloads()

    assert call(filled, "release_downloads", "foo-bar", "1.0") == [
        ["foo_bar-1.0-py3-none-any.whl", 0],
        ["foo_bar-1.0.tar.gz", 2],
    ]
    assert call(filled, "release_data", "foo-bar", "1.0")["downloads"]["last_day"] == 2
    assert call(filled, "top_packages") == call(filled, "top_packages", 5) == [["Foo.Bar", 3]]
    assert call(filled, "top_packages", 0) == call(filled, "top_packages", -1) == []


def test_what_nobody_downloaded_is_counted_as_0(filled: InMemorySite) -> None:
    assert call(filled, "release_downloads", "foo-bar", "1.0") == [
        ["foo_bar-1.0-py3-none-any.whl", 0],
        ["foo_bar-1.0.tar.gz", 0],
    ]
    assert call(filled, "top_packages") == call(filled, "top_packages", 5) == []
    assert call(filled, "top_packages", None) == []


def test_all_files_are_on_the_index(filled: InMemorySite) -> None:
    assert call(filled, "package_hosting_mode", "spam") == "pypi-only"


def test_pip_finds_by_name_or_summary(filled: InMemorySite) -> None:
    spec = {"name": ["says"], "summary": ["says"]}

    hits = call(filled, "search", spec, "or")

    assert {(each["name"], each["version"], each["summary"]) for each in hits} == {
        ("Foo.Bar", "1.0", "Greets & <says> hello"),
        ("spam", "0.1", "Says nothing"),
    }
    assert [each["_pypi_ordering"] for each in hits] == [2, 1]


@pytest.mark.parametrize(
    ("spec", "operator", "names"),
    [
        ({"name": "spam"}, "and", ["spam"]),
        ({"name": "SPAM", "summary": "greets"}, "and", []),
        ({"name": "SPAM", "summary": "greets"}, "or", ["Foo.Bar", "spam"]),
        ({"name": ["spam", "foo"]}, "and", ["Foo.Bar", "spam"]),
        ({"name": ["spam", "foo"], "summary": "nothing"}, "and", ["spam"]),
        ({"name": "foo_bar"}, "and", ["Foo.Bar"]),
        ({"summary": "hello greets"}, "and", ["Foo.Bar"]),
        # Found by the engine for its summary, where nobody asked to look.
        ({"name": "hello"}, "and", []),
        ({"keywords": "greeting"}, "and", ["Foo.Bar"]),
        ({"name": ["foo", "spam"], "author": "angstrom"}, "and", ["Foo.Bar"]),
        ({"name": ["foo", "spam"], "license": "mit", "platform": "any"}, "and", ["Foo.Bar"]),
        ({"name": "foo", "version": "2.0"}, "and", []),
        ({"name": "foo", "no_such_field": 5}, "and", ["Foo.Bar"]),
        ({"no_such_field": "foo"}, "and", []),
        ({"name": []}, "or", []),
        ({"name": "!!!"}, "or", []),
        ({}, "and", []),
    ],
)
def test_fields_are_searched(
    filled: InMemorySite, spec: dict[str, Any], operator: str, names: list[str]
) -> None:
    if spec == {"name": []}:
        assert fault(filled, "search", spec, operator)[0] == -32500
        return

    assert sorted(each["name"] for each in call(filled, "search", spec, operator)) == names


def test_at_most_100_are_found(site: InMemorySite) -> None:
    alice = site.actor("alice")
    for number in range(120):
        site.publish(alice, build_wheel(f"same-{number}", "1.0"))
    site.work()

    assert len(call(site, "search", {"name": "same"})) == 100


def test_a_search_that_cannot_be_is_a_fault(filled: InMemorySite) -> None:
    code, text = fault(filled, "search", {"name": "a"}, "xor")
    assert (code, text) == (-32500, "ValueError: Invalid operator, must be one of 'and' or 'or'.")
    assert fault(filled, "search", {"author": "zoe"})[0] == -32500
    assert fault(filled, "search", {"name": "x" * 501})[0] == -32500
    assert fault(filled, "search", {"name": [f"n{each}" for each in range(21)]})[0] == -32500
    for spec in ("name", ["name"], {"name": 5}, {"name": ["a", 5]}, {"name": None}):
        code, text = fault(filled, "search", spec)
        assert code == -32602
        assert text.startswith("client error; spec: ")


def test_releases_are_browsed_by_all_of_some_classifiers(filled: InMemorySite) -> None:
    assert call(filled, "browse", [PYTHON]) == [["Foo.Bar", "1.0"], ["Foo.Bar", "2.0rc1"]]
    assert call(filled, "browse", [PYTHON, STABLE]) == [["Foo.Bar", "1.0"]]
    assert call(filled, "browse", [PYTHON, "No :: Such"]) == call(filled, "browse", []) == []
    assert fault(filled, "browse", [f"C{each}" for each in range(101)])[0] == -32500


def test_roles_are_listed_by_project_and_by_user(filled: InMemorySite) -> None:
    bob = filled.account("bob")
    with filled.database.index(DEFAULT_INDEX).open_unit_of_work(OPERATOR) as uow:
        project = uow.projects.get(parse_project_name("spam"))
        uow.memberships.grant(project.id, bob.id, Role.MAINTAINER)
        uow.commit()

    assert call(filled, "package_roles", "Spam") == [["Owner", "alice"], ["Maintainer", "bob"]]
    assert call(filled, "user_packages", "alice") == [["Owner", "Foo.Bar"], ["Owner", "spam"]]
    assert call(filled, "user_packages", "BOB") == [["Maintainer", "spam"]]
    assert call(filled, "user_packages", "nobody") == []


def test_the_changelog_is_the_journal(filled: InMemorySite) -> None:
    whole = call(filled, "changelog_since_serial", 0)

    assert whole[:4] == [
        ["Foo.Bar", None, START + 1, "create", 1],
        ["Foo.Bar", None, START + 1, "add Owner alice", 2],
        ["Foo.Bar", "1.0", START + 1, "new release", 3],
        ["Foo.Bar", "1.0", START + 1, "add py3 file foo_bar-1.0-py3-none-any.whl", 4],
    ]
    assert [each[4] for each in whole] == [*range(1, 12)]
    assert call(filled, "changelog_last_serial") == 11
    assert call(filled, "changelog_since_serial", 9) == whole[9:]
    assert call(filled, "changelog_since_serial", -5) == whole
    assert call(filled, "changelog_since_serial", 2**31 - 1) == []
    assert call(filled, "changelog", START + 1, True) == whole[4:]
    assert call(filled, "changelog", START + 1) == [each[:4] for each in whole[4:]]
    assert call(filled, "changelog", -(2**31), True) == call(filled, "changelog", 0, True) == whole


def test_releases_and_changes_since_a_moment_come_newest_first(filled: InMemorySite) -> None:
    assert call(filled, "updated_releases", 0) == [["spam", "0.1"], ["Foo.Bar", "2.0rc1"], ["Foo.Bar", "1.0"]]
    assert call(filled, "updated_releases", START + 3) == [["spam", "0.1"]]
    assert call(filled, "updated_releases", 2**31 - 1) == []
    assert call(filled, "changed_packages", 0) == ["spam", "Foo.Bar"]
    assert call(filled, "changed_packages", START + 3) == ["spam"]
    assert call(filled, "changed_packages", 2**31 - 1) == []


@pytest.mark.parametrize("method", ["changelog", "updated_releases", "changed_packages"])
@pytest.mark.parametrize(("since", "finds"), [(2**63 - 1, False), (-(2**63), True), (253402300800, False)])
def test_no_time_is_out_of_range(filled: InMemorySite, method: str, since: int, finds: bool) -> None:
    body = (
        f"<methodCall><methodName>{method}</methodName><params><param>"
        f"<value><i8>{since}</i8></value></param></params></methodCall>"
    )

    answer = ENDPOINT(filled.index, ANONYMOUS, body.encode(), base_url="", site_url="")

    assert isinstance(answer, bytes)
    assert bool(xmlrpc.client.loads(answer)[0][0]) is finds


def test_a_quarantined_project_is_left_out(filled: InMemorySite) -> None:
    quarantine(filled, "spam")

    assert call(filled, "list_packages") == ["Foo.Bar"]
    for method in ("release_urls", "release_downloads"):
        assert call(filled, method, "spam", "0.1") == []
    assert call(filled, "release_data", "spam", "0.1") == {}
    assert call(filled, "package_releases", "spam", True) == []
    assert call(filled, "package_roles", "spam") == []
    assert call(filled, "user_packages", "alice") == [["Owner", "Foo.Bar"]]
    assert call(filled, "search", {"name": "spam"}) == []
    assert call(filled, "updated_releases", START + 3) == []


def test_an_index_lists_only_its_own_projects(filled: InMemorySite) -> None:
    other = filled.site.index(TEST_INDEX)
    body = xmlrpc.client.dumps((), "changelog_last_serial").encode()

    answer = ENDPOINT(other, ANONYMOUS, body, base_url="", site_url="")

    assert isinstance(answer, bytes)
    assert xmlrpc.client.loads(answer)[0] == (0,)


READING = [
    ("list_packages", ()),
    ("list_packages_with_serial", ()),
    ("package_releases", ("spam",)),
    ("release_urls", ("spam", "0.1")),
    ("release_data", ("spam", "0.1")),
    ("release_downloads", ("spam", "0.1")),
    ("search", ({"name": "spam"},)),
    ("browse", ([PYTHON],)),
    ("user_packages", ("alice",)),
    ("package_roles", ("spam",)),
    ("changelog", (0,)),
    ("changelog_last_serial", ()),
    ("changelog_since_serial", (0,)),
    ("updated_releases", (0,)),
    ("changed_packages", (0,)),
    ("system.multicall", ([{"methodName": "list_packages", "params": []}],)),
]


@pytest.mark.parametrize(("method", "arguments"), READING, ids=[each for each, _ in READING])
def test_a_private_index_requires_credentials(
    filled: InMemorySite, method: str, arguments: tuple[object, ...]
) -> None:
    alice = filled.actor("alice")
    public = call(filled, method, *arguments)
    filled.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(reading=Reading.PRIVATE))

    with pytest.raises(Unauthenticated):
        call(filled, method, *arguments)
    assert call(filled, method, *arguments, actor=alice) == public


def test_the_methods_tell_of_themselves(site: InMemorySite) -> None:
    names = call(site, "system.listMethods")

    assert names == sorted(each.name for each in ENDPOINT.methods)
    for name in names:
        assert call(site, "system.methodHelp", name).endswith(".")
        assert call(site, "system.methodSignature", name) == "signatures not supported"
    assert fault(site, "system.methodHelp", "nothing")[0] == -32601


def test_a_multicall_answers_each_call_on_its_own(filled: InMemorySite) -> None:
    calls = [
        {"methodName": "list_packages", "params": []},
        {"methodName": "nothing", "params": []},
        {"methodName": "changelog_last_serial"},
        {"methodName": "package_releases", "params": ["foo-bar", True]},
        {"methodName": "system.multicall", "params": [[]]},
        {"methodName": "changelog_since_serial", "params": ["5"]},
        {"params": []},
    ]

    answers = call(filled, "system.multicall", calls)

    assert [answers[0], answers[2], answers[3]] == [[["Foo.Bar", "spam"]], [11], [["2.0rc1", "1.0"]]]
    assert [answers[each]["faultCode"] for each in (1, 4, 5, 6)] == [-32601, -32602, -32602, -32602]
    assert call(filled, "system.multicall", []) == []


def test_a_multicall_has_at_most_100_calls(site: InMemorySite) -> None:
    one = {"methodName": "changelog_last_serial", "params": []}

    assert call(site, "system.multicall", [one] * 100) == [[0]] * 100
    assert fault(site, "system.multicall", [one] * 101)[0] == -32602


def test_the_answers_of_a_multicall_are_bounded_together(site: InMemorySite) -> None:
    description = "x" * 1_000_000
    site.publish(site.actor("alice"), build_wheel("large", "1.0", description=description))
    one = {"methodName": "release_data", "params": ["large", "1.0"]}

    answers = call(site, "system.multicall", [one] * 100)

    answered = [each for each in answers if isinstance(each, list)]
    assert 20 < len(answered) < 40
    assert {each["faultCode"] for each in answers if isinstance(each, dict)} == {-32500}
