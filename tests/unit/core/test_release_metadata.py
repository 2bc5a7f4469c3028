"""Releases that are described before they have files."""

from __future__ import annotations

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.entities import Serial
from pypi_core.domain.names import DisplayName, NormalizedName
from pypi_core.domain.versions import parse_version
from pypi_core.errors import (
    InvalidMetadata,
    NotAllowed,
    ProjectNotFound,
    ReleaseHasFiles,
    Unauthenticated,
)

NAME, VERSION = NormalizedName("sample"), parse_version("1.0")
METADATA = """\
Metadata-Version: 2.1
Name: Sample
Version: 1.0
Summary: To come
Classifier: Topic :: Utilities
"""


@pytest.fixture
def site() -> InMemorySite:
    site = InMemorySite()
    site.index.create_project(site.actor("ada"), DisplayName("Sample"))
    return site


def journal(site: InMemorySite) -> list[str]:
    return [each.action for each in site.index.journal.since(OPERATOR, Serial(0))]


def test_a_release_is_described_before_it_has_files(site: InMemorySite) -> None:
    site.index.set_release_metadata(site.actor("ada"), NAME, VERSION, METADATA)
    site.work()

    overview = site.index.projects.read(ANONYMOUS, NAME)
    assert overview.metadata is not None
    assert (overview.metadata.summary, overview.files) == ("To come", ())
    assert [
        str(each.version) for each in site.index.releases.with_classifiers(ANONYMOUS, ["Topic :: Utilities"])
    ] == ["1.0"]
    assert journal(site)[-2:] == ["new release", "set metadata"]


def test_it_is_described_anew(site: InMemorySite) -> None:
    site.index.set_release_metadata(site.actor("ada"), NAME, VERSION, METADATA)

    site.index.set_release_metadata(
        site.actor("ada"), NAME, parse_version("1.0.0"), METADATA.replace("To come", "Soon to come")
    )

    metadata = site.index.projects.read(ANONYMOUS, NAME).metadata
    assert metadata is not None
    assert metadata.summary == "Soon to come"
    assert journal(site).count("new release") == 1


def test_the_first_file_brings_its_own(site: InMemorySite) -> None:
    ada = site.actor("ada")
    site.index.set_release_metadata(ada, NAME, VERSION, METADATA)

    site.publish(ada, build_wheel("Sample", "1.0", summary="It is here"))

    metadata = site.index.projects.read(ANONYMOUS, NAME).metadata
    assert metadata is not None
    assert metadata.summary == "It is here"
    assert list(site.index.releases.with_classifiers(ANONYMOUS, ["Topic :: Utilities"])) == []
    with pytest.raises(ReleaseHasFiles, match="has files"):
        site.index.set_release_metadata(ada, NAME, VERSION, METADATA)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (METADATA.replace("Sample", "Other"), ["of 'Other', not of 'sample'"]),
        (METADATA.replace("1.0", "2.0"), ["of version 2.0, not of 1.0"]),
        (METADATA.replace("To come", "a\u2028b").replace("Utilities", "Nowhere"), ["Summary", "Classifier"]),
        ("", ["metadata_version", "name", "version"]),
        ("\ud800", ["UTF-8"]),
    ],
)
def test_metadata_that_breaks_rules_is_refused_with_every_problem(
    site: InMemorySite, text: str, words: list[str]
) -> None:
    before = journal(site)

    with pytest.raises(InvalidMetadata) as caught:
        site.index.set_release_metadata(site.actor("ada"), NAME, VERSION, text)

    assert [each for each in words if each not in str(caught.value)] == []
    assert journal(site) == before


def test_it_is_bounded_like_the_metadata_of_a_file(site: InMemorySite) -> None:
    with pytest.raises(InvalidMetadata, match="larger than 8 MiB"):
        site.index.set_release_metadata(site.actor("ada"), NAME, VERSION, f"{METADATA}\n{'x' * 2**23}")
    with pytest.raises(InvalidMetadata, match="Platform has 10001 values"):
        site.index.set_release_metadata(site.actor("ada"), NAME, VERSION, METADATA + "Platform: a\n" * 10_001)


def test_it_requires_the_right_to_upload(site: InMemorySite) -> None:
    with pytest.raises(Unauthenticated):
        site.index.set_release_metadata(ANONYMOUS, NAME, VERSION, METADATA)
    with pytest.raises(NotAllowed):
        site.index.set_release_metadata(site.actor("bob"), NAME, VERSION, METADATA)
    with pytest.raises(ProjectNotFound):
        site.index.set_release_metadata(site.actor("ada"), NormalizedName("other"), VERSION, METADATA)
