"""Names that no new project may have, and which an index may still allow."""

from __future__ import annotations

import pytest
import stdlib_list
from msgspec.structs import replace

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import OPERATOR, Actor, TokenScope
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName, parse_display_name, parse_project_name
from pypi_core.domain.new_names import similarity_key
from pypi_core.domain.rules import PUBLIC, UploadRules
from pypi_core.domain.standard_library import STANDARD_LIBRARY_NAMES
from pypi_core.errors import InvalidName, NotAllowed


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


def with_rules(memory: InMemorySite, rules: UploadRules) -> None:
    memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(title="x", rules=rules))


@pytest.mark.parametrize(
    "name", ["requirements.txt", "Requirements-TXT", "rrequirements.txt", "rrequirements_txt"]
)
def test_a_mistyped_pip_option_is_refused_as_a_project_name(
    memory: InMemorySite, alice: Actor, name: str
) -> None:
    with pytest.raises(InvalidName, match="forget the -r"):
        memory.index.create_project(alice, parse_display_name(name))


@pytest.mark.parametrize("name", ["re", "os.path", "os_path", "Importlib-Metadata", "distutils", "urllib2"])
def test_a_standard_library_module_is_refused_as_a_project_name(
    memory: InMemorySite, alice: Actor, name: str
) -> None:
    with pytest.raises(InvalidName, match="a module of Python's standard library"):
        memory.index.create_project(alice, parse_display_name(name))


@pytest.mark.parametrize("name", ["importlib-metadata-x", "requests", "re2"])
def test_an_ordinary_name_is_accepted(memory: InMemorySite, alice: Actor, name: str) -> None:
    assert memory.index.create_project(alice, parse_display_name(name)).display_name == name


def test_the_list_of_modules_is_complete() -> None:
    known = {
        parse_project_name(".".join(parts[: depth + 1]).strip("-_."))
        for version in stdlib_list.short_versions
        for parts in (module.split(".") for module in stdlib_list.stdlib_list(version))
        for depth in range(len(parts))
        if ".".join(parts[: depth + 1]).strip("-_.")
    }
    assert known == STANDARD_LIBRARY_NAMES


def test_a_name_may_be_prohibited(memory: InMemorySite, alice: Actor) -> None:
    with_rules(memory, UploadRules(prohibited_names=frozenset({NormalizedName("bad-name")})))

    with pytest.raises(InvalidName, match="isn't allowed for a new project: it is prohibited"):
        memory.index.create_project(alice, parse_display_name("Bad.Name"))


@pytest.mark.parametrize("name", ["0auth1ib", "o.a.u.t.h.l.i.b", "oauthIib", "oauth-lib"])
def test_a_name_that_can_be_mistaken_for_another_is_refused(
    memory: InMemorySite, alice: Actor, name: str
) -> None:
    memory.index.create_project(OPERATOR, parse_display_name("oauthlib"))

    with pytest.raises(InvalidName, match="too similar to an existing project, 'oauthlib'"):
        memory.index.create_project(alice, parse_display_name(name))


def test_an_existing_project_is_not_checked_again(memory: InMemorySite, alice: Actor) -> None:
    with_rules(memory, replace(PUBLIC, allow_standard_library_names=True))
    memory.publish(alice, build_wheel("re", "1.0"))
    with_rules(memory, replace(PUBLIC, prohibited_names=frozenset({NormalizedName("re")})))

    assert memory.publish(alice, build_wheel("re", "2.0")).created


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        (UploadRules(allow_standard_library_names=True), "json"),
        (UploadRules(allow_similar_names=True), "0auth1ib"),
    ],
)
def test_an_index_may_allow_it(memory: InMemorySite, alice: Actor, rules: UploadRules, name: str) -> None:
    memory.index.create_project(OPERATOR, parse_display_name("oauthlib"))
    with_rules(memory, rules)

    assert memory.index.create_project(alice, parse_display_name(name)).name == name


def test_an_upload_is_refused_before_its_bytes_are_looked_at(memory: InMemorySite, alice: Actor) -> None:
    with pytest.raises(InvalidName):
        memory.publish(alice, build_wheel("json", "1.0"))


def test_a_caller_who_may_not_create_projects_learns_nothing_about_the_name(memory: InMemorySite) -> None:
    limited = replace(memory.actor("alice"), scope=TokenScope(projects=frozenset({NormalizedName("x")})))

    with pytest.raises(NotAllowed):
        memory.index.create_project(limited, parse_display_name("json"))


@pytest.mark.parametrize(("one", "other"), [("Foo.Bar", "foobar"), ("lilo", "1110"), ("O-O", "00")])
def test_names_that_look_alike_have_one_key(one: str, other: str) -> None:
    assert similarity_key(one) == similarity_key(other)
