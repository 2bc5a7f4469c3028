"""Publishing: what is listed, what is refused, what is left behind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import TEST_INDEX, InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel, truncate, without_member
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR, Actor, TokenScope
from pypi_core.domain.digests import ClaimedDigests
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.entities import Change, Serial
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.domain.names import NormalizedName, parse_display_name
from pypi_core.domain.uploads import Upload
from pypi_core.domain.versions import parse_version
from pypi_core.errors import (
    DigestMismatch,
    FileAlreadyExists,
    FilenamePreviouslyUsed,
    FileTooLarge,
    Invalid,
    InvalidArchive,
    InvalidFilename,
    InvalidMetadata,
    NotAllowed,
    PackageIndexError,
    SecondSdist,
    StagedContentNotFound,
    Unauthenticated,
)
from pypi_core.ports.blobs import StagedContent
from pypi_core.ports.pages import PageKind


@pytest.fixture
def memory() -> InMemorySite:
    return InMemorySite()


@pytest.fixture
def alice(memory: InMemorySite) -> Actor:
    return memory.actor("alice")


def stage(memory: InMemorySite, content: bytes) -> StagedContent:
    arrival = memory.staging.begin()
    arrival.append(content)
    return arrival.finish()


def described(memory: InMemorySite, distribution: BuiltDistribution) -> tuple[Upload, StagedContent]:
    staged = stage(memory, distribution.content)
    with memory.staging.open(staged) as archive:
        return describe_upload(distribution.filename, archive, staged.digests), staged


def journal(memory: InMemorySite) -> list[Change]:
    return list(memory.index.journal.since(OPERATOR, Serial(0)))


def filenames(memory: InMemorySite, name: str) -> list[str]:
    return [each.filename for each in memory.index.projects.read(OPERATOR, NormalizedName(name)).files]


def test_the_first_file_creates_project_owner_and_release(memory: InMemorySite, alice: Actor) -> None:
    outcome = memory.publish(alice, build_wheel(name="Foo.Bar", version="1.0"))

    assert outcome.created
    assert [
        (each.serial, each.project, each.version, each.action, each.actor) for each in journal(memory)
    ] == [
        (1, "Foo.Bar", None, "create", "alice"),
        (2, "Foo.Bar", None, "add Owner alice", "alice"),
        (3, "Foo.Bar", "1.0", "new release", "alice"),
        (4, "Foo.Bar", "1.0", "add py3 file foo_bar-1.0-py3-none-any.whl", "alice"),
    ]
    assert outcome.serial == 4


def test_a_published_file_is_on_the_page_at_once(memory: InMemorySite, alice: Actor) -> None:
    wheel = build_wheel(name="sample", version="1.0", requires_python=">=3.9")
    memory.publish(alice, wheel)

    served = memory.index.pages.project(ANONYMOUS, NormalizedName("sample"), PageKind.SIMPLE_JSON)

    assert wheel.sha256.encode() in served.page.body
    assert served.serial == 4


def test_an_older_version_of_the_page_is_never_seen_again(memory: InMemorySite, alice: Actor) -> None:
    memory.publish(alice, build_wheel(name="sample", version="1.0"))
    before = memory.index.pages.project(ANONYMOUS, NormalizedName("sample"), PageKind.SIMPLE_HTML)
    memory.publish(alice, build_wheel(name="sample", version="2.0"))

    after = memory.index.pages.project(ANONYMOUS, NormalizedName("sample"), PageKind.SIMPLE_HTML)

    assert b"2.0" not in before.page.body
    assert b"sample-2.0-py3-none-any.whl" in after.page.body
    assert after.page.etag != before.page.etag


def test_the_same_file_twice_is_a_success_and_one_journal_entry(memory: InMemorySite, alice: Actor) -> None:
    wheel = build_wheel(name="sample", version="1.0")
    memory.publish(alice, wheel)
    before = journal(memory)

    again = memory.publish(alice, wheel)

    assert not again.created
    assert again.serial == before[-1].serial
    assert journal(memory) == before


def test_a_published_file_never_changes(memory: InMemorySite, alice: Actor) -> None:
    first = build_wheel(name="sample", version="1.0")
    memory.publish(alice, first)

    with pytest.raises(FileAlreadyExists, match=r"^File already exists \(sample-1.0-py3-none-any.whl\)"):
        memory.publish(alice, build_wheel(name="sample", version="1.0", summary="Other bytes"))

    [file] = memory.index.projects.read(OPERATOR, NormalizedName("sample")).files
    assert file.digests.sha256 == first.sha256


def test_the_same_bytes_under_another_name_are_refused(memory: InMemorySite, alice: Actor) -> None:
    wheel = build_wheel(name="sample", version="1.0")
    memory.publish(alice, wheel)
    upload, staged = described(memory, wheel)

    with pytest.raises(
        FileAlreadyExists, match=r"^File already exists \(sample-1.0-py3-none-any.whl\): the same"
    ):
        memory.index.publish_file(alice, replace(upload, filename="sample-1.0-1-py3-none-any.whl"), staged)


def test_the_same_file_may_be_on_two_indexes(memory: InMemorySite, alice: Actor) -> None:
    wheel = build_wheel(name="sample", version="1.0")
    memory.publish(alice, wheel)

    assert memory.publish(alice, wheel, memory.site.index(TEST_INDEX)).created


def test_a_deleted_file_name_is_never_accepted_again(memory: InMemorySite, alice: Actor) -> None:
    wheel = build_wheel(name="sample", version="1.0")
    memory.publish(alice, wheel)
    memory.index.delete_file(alice, NormalizedName("sample"), wheel.filename)

    for content in (wheel, build_wheel(name="sample", version="1.0", summary="Other bytes")):
        with pytest.raises(FilenamePreviouslyUsed, match="previously used") as refusal:
            memory.publish(alice, content)
        # Tools take "already exist" for permission to skip.
        assert "already exist" not in str(refusal.value)


def test_another_account_may_not_add_to_a_project(memory: InMemorySite, alice: Actor) -> None:
    memory.publish(alice, build_wheel(name="sample", version="1.0"))

    with pytest.raises(NotAllowed, match="isn't allowed to upload to project 'sample'"):
        memory.publish(memory.actor("bob"), build_wheel(name="sample", version="2.0"))

    assert filenames(memory, "sample") == ["sample-1.0-py3-none-any.whl"]


def test_a_project_is_the_same_in_any_spelling(memory: InMemorySite, alice: Actor) -> None:
    memory.publish(alice, build_wheel(name="flask-admin", version="1.0"))
    scoped = replace(alice, scope=TokenScope(projects=frozenset({NormalizedName("flask-admin")})))

    memory.publish(scoped, build_wheel(name="Flask_Admin", version="1.1"))

    assert len(filenames(memory, "flask-admin")) == 2


def test_a_token_for_one_project_cannot_create_another(memory: InMemorySite, alice: Actor) -> None:
    scoped = replace(alice, scope=TokenScope(projects=frozenset({NormalizedName("mine")})))

    with pytest.raises(NotAllowed, match="scope"):
        memory.publish(scoped, build_wheel(name="other", version="1.0"))
    assert memory.publish(scoped, build_wheel(name="mine", version="1.0")).created


def test_trailing_zeros_belong_to_the_same_release(memory: InMemorySite, alice: Actor) -> None:
    memory.publish(alice, build_wheel(name="sample", version="1.0"))
    memory.publish(alice, build_sdist(name="sample", version="1.0.0"))

    overview = memory.index.projects.read(OPERATOR, NormalizedName("sample"), parse_version("1"))

    assert [str(each.version) for each in overview.releases] == ["1.0"]
    assert len(overview.files) == 2


def test_a_release_has_one_sdist(memory: InMemorySite, alice: Actor) -> None:
    memory.publish(alice, build_sdist(name="sample", version="1.0"))

    with pytest.raises(SecondSdist, match="Only one sdist"):
        memory.publish(alice, build_sdist(name="sample", version="1.0.0"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["sample"], ["sample", "other"]),
        (["sample"], ["sample; private"]),
        (["other"], ["sample"]),
    ],
    ids=["one more", "private", "another"],
)
def test_the_files_of_a_release_have_the_same_modules(
    memory: InMemorySite, alice: Actor, first: list[str], second: list[str]
) -> None:
    memory.publish(alice, with_modules(build_wheel, *first))
    sdist = with_modules(build_sdist, *second)

    for publish in (memory.index.publish_file, memory.index.publish_file.verify):
        with pytest.raises(Invalid, match=r"have the same modules.*Import-Name and Import-Namespace agree"):
            publish(alice, *described(memory, sdist))

    assert len(memory.index.projects.read(OPERATOR, NormalizedName("sample")).files) == 1


def test_modules_match_in_any_order_and_when_a_file_names_none(memory: InMemorySite, alice: Actor) -> None:
    memory.publish(alice, with_modules(build_wheel, "sample", "_sample ; private"))
    memory.publish(alice, with_modules(build_sdist, "_sample;private", "sample"))
    memory.publish(alice, build_wheel("sample", "1.0", tag="py2-none-any"))

    assert len(memory.index.projects.read(OPERATOR, NormalizedName("sample")).files) == 3


def test_a_release_learns_its_modules_from_the_first_file_that_names_some(
    memory: InMemorySite, alice: Actor
) -> None:
    memory.publish(alice, build_wheel("sample", "1.0", summary="A sample"))
    memory.publish(alice, with_modules(build_sdist, "sample"))

    with pytest.raises(Invalid, match="have Import-Name sample, not Import-Name other"):
        memory.publish(alice, with_modules(partial(build_wheel, tag="py2-none-any"), "other"))

    core = memory.index.projects.read(OPERATOR, NormalizedName("sample")).metadata
    assert core is not None
    assert (core.summary, core.import_names) == ("A sample", ("sample",))


def test_a_release_without_files_takes_any_modules(memory: InMemorySite, alice: Actor) -> None:
    wheel = with_modules(build_wheel, "sample")
    memory.publish(alice, wheel)
    memory.index.delete_file(alice, NormalizedName("sample"), wheel.filename)

    memory.publish(alice, with_modules(build_sdist, "other"))


def with_modules(build: Callable[..., BuiltDistribution], *names: str) -> BuiltDistribution:
    return build(
        "sample", "1.0", metadata_version="2.5", extra_metadata=[("Import-Name", each) for each in names]
    )


def test_requirements_are_taken_from_the_archive(memory: InMemorySite, alice: Actor) -> None:
    memory.publish(alice, build_wheel(name="sample", version="1.0", requires_python=">=3.11"))

    [file] = memory.index.projects.read(OPERATOR, NormalizedName("sample")).files

    assert file.requires_python == ">=3.11"


def test_core_metadata_is_served_for_wheels_only(memory: InMemorySite, alice: Actor) -> None:
    wheel = build_wheel(name="sample", version="1.0")
    memory.publish(alice, wheel)
    memory.publish(alice, build_sdist(name="sample", version="1.0"))

    by_name = {
        each.filename: each.metadata_sha256
        for each in memory.index.projects.read(OPERATOR, NormalizedName("sample")).files
    }

    assert by_name.pop(wheel.filename) is not None
    assert list(by_name.values()) == [None]


class TestRefusals:
    """Whatever is wrong: an error that says so, no row, no journal entry, no staged bytes."""

    WHEEL = build_wheel(name="sample", version="1.0", requires_python=">=3.9", requires_dist=["click>=8"])

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"digests": ClaimedDigests(sha256="0" * 64)}, DigestMismatch),
            ({"digests": ClaimedDigests(md5=WHEEL.md5, sha256="0" * 64)}, DigestMismatch),
            ({"name": parse_display_name("other")}, InvalidMetadata),
            ({"version": parse_version("2.0")}, InvalidMetadata),
            ({"requires_python": ">=2.7"}, InvalidMetadata),
            ({"requires_dist": ("click>=7",)}, InvalidMetadata),
            ({"filename": "sample-2.0-py3-none-any.whl"}, InvalidArchive),
            ({"filename": "sample-1.0.tar.gz"}, InvalidArchive),
            ({"filename": "sample-1.0-py3.whl"}, InvalidFilename),
        ],
    )
    def test_a_claim_that_the_file_does_not_hold(
        self,
        memory: InMemorySite,
        alice: Actor,
        changed: dict[str, object],
        error: type[PackageIndexError],
    ) -> None:
        upload, staged = described(memory, self.WHEEL)

        with pytest.raises(error):
            memory.index.publish_file(alice, replace(upload, **changed), staged)

        self.assert_nothing_is_left(memory, staged)

    def test_the_form_may_spell_the_same_thing_otherwise(self, memory: InMemorySite, alice: Actor) -> None:
        upload, staged = described(memory, self.WHEEL)
        spelt_otherwise = replace(
            upload,
            name=parse_display_name("Sample"),
            version=parse_version("1.0.0"),
            requires_python=" >= 3.9",
            requires_dist=("Click (>=8)",),
        )

        assert memory.index.publish_file(alice, spelt_otherwise, staged).created

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"no archive at all",
            truncate(WHEEL.content, len(WHEEL.content) // 2),
            without_member(WHEEL.content, "sample-1.0.dist-info/METADATA"),
        ],
    )
    def test_bytes_that_are_not_a_wheel(self, memory: InMemorySite, alice: Actor, content: bytes) -> None:
        upload, other = described(memory, self.WHEEL)
        memory.staging.discard(other)
        staged = stage(memory, content)
        digests = ClaimedDigests(sha256=staged.digests.sha256)

        with pytest.raises(InvalidArchive, match="Invalid distribution file"):
            memory.index.publish_file(alice, replace(upload, digests=digests), staged)

        self.assert_nothing_is_left(memory, staged)

    def test_an_anonymous_upload(self, memory: InMemorySite) -> None:
        upload, staged = described(memory, self.WHEEL)

        with pytest.raises(Unauthenticated):
            memory.index.publish_file(ANONYMOUS, upload, staged)

        self.assert_nothing_is_left(memory, staged)

    def test_a_file_above_the_limit(self, memory: InMemorySite, alice: Actor) -> None:
        memory.site.configure_index(OPERATOR, DEFAULT_INDEX, IndexSettings(largest_file=100))
        upload, staged = described(memory, self.WHEEL)

        with pytest.raises(FileTooLarge, match=r"File too large. Limit for project 'sample' is 100 bytes"):
            memory.index.publish_file(alice, upload, staged)

        self.assert_nothing_is_left(memory, staged)

    @staticmethod
    def assert_nothing_is_left(memory: InMemorySite, staged: StagedContent) -> None:
        assert journal(memory) == []
        with pytest.raises(StagedContentNotFound):
            memory.staging.open(staged)


def test_software_bills_of_materials_in_a_wheel_are_listed(memory: InMemorySite, alice: Actor) -> None:
    boms = {f"sample-1.0.dist-info/sboms/{name}": "{}" for name in ("parts/b.spdx.json", "a.cdx.json")}

    memory.publish(alice, build_wheel("sample", "1.0", modules=boms))

    [file] = memory.index.projects.read(OPERATOR, NormalizedName("sample")).files
    assert file.sboms == ("a.cdx.json", "parts/b.spdx.json")
