"""A batch of files is published as a whole or, where something on this side is wrong with it, not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel, without_member
from pypi_core.domain.accounts import ANONYMOUS
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import ProjectNotFound
from pypi_terminal.exit_codes import ExitCode

Cli = Callable[..., str]
FIRST, SECOND = build_wheel("First", "1.0"), build_wheel("Second", "1.0")
BROKEN = replace(SECOND, content=without_member(SECOND.content, "second-1.0.dist-info/RECORD"))


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    return folder


def save(folder: Path, *distributions: BuiltDistribution) -> None:
    for each in distributions:
        (folder / each.filename).write_bytes(each.content)


def names_on(site: InMemorySite) -> set[str]:
    found = set()
    for name in ("first", "second"):
        try:
            found |= {
                each.filename for each in site.index.projects.read(ANONYMOUS, NormalizedName(name)).files
            }
        except ProjectNotFound:
            continue
    return found


def test_a_broken_file_keeps_the_releases_of_others_back_too(
    cli: Cli, published: InMemorySite, dist: Path
) -> None:
    save(dist, FIRST, BROKEN)

    err = cli("upload", "dist/*", code=ExitCode.FAILED)

    assert f"{SECOND.filename}: not sent: " in err
    assert f"{FIRST.filename}: not sent: another file is broken." in err
    assert names_on(published) == set()


@pytest.mark.parametrize(
    "name", ["first-1.0-py3.11.egg", "first-1.0.win32.exe", "first-1.0.tar.bz2", "notes"]
)
def test_a_foreign_file_stops_a_batch_unless_it_may_be_left_out(
    cli: Cli, published: InMemorySite, dist: Path, name: str
) -> None:
    save(dist, FIRST)
    (dist / name).write_bytes(b"")

    err = cli("upload", "dist/*", code=ExitCode.USAGE)

    assert f"{dist.name}/{name} is neither a wheel (.whl) nor an sdist (.tar.gz)" in err
    assert "--skip-unsupported" in err
    assert names_on(published) == set()
    assert cli("upload", "--skip-unsupported", "dist/*") == f"{FIRST.filename}: published\n"


def test_everything_that_is_foreign_or_missing_is_listed_at_once(cli: Cli, dist: Path) -> None:
    for each in ("a.egg", "b.exe"):
        (dist / each).write_bytes(b"")

    err = cli("upload", "dist/a.egg", "dist/b.exe", "dist/c.whl", "dist", code=ExitCode.USAGE)

    named = ("dist/a.egg", "dist/b.exe", "dist/c.whl", "dist is a folder")
    assert [each for each in named if each not in err] == []


@pytest.mark.parametrize(
    "ending", [".asc", ".sig", ".publish.attestation", ".attestation", ".sigstore", ".sigstore.json"]
)
@pytest.mark.parametrize("command", ["upload", "check"])
def test_a_signature_beside_a_file_is_ignored(cli: Cli, dist: Path, ending: str, command: str) -> None:
    save(dist, FIRST)
    (dist / f"{FIRST.filename}{ending}").write_bytes(b"signed")

    assert FIRST.filename in cli(command, "dist/*")


def test_only_signatures_is_wrong_usage(cli: Cli, dist: Path) -> None:
    (dist / f"{FIRST.filename}.asc").write_bytes(b"signed")

    assert "None of the files is a wheel or an sdist" in cli("upload", "dist/*", code=ExitCode.USAGE)


def test_a_bad_attestation_of_one_file_keeps_all_back(cli: Cli, published: InMemorySite, dist: Path) -> None:
    save(dist, FIRST, SECOND)
    good = {"version": 1, "verification_material": {}, "envelope": {}}
    (dist / f"{FIRST.filename}.publish.attestation").write_text(json.dumps(good))
    (dist / f"{SECOND.filename}.publish.attestation").write_text("{}")

    err = cli("upload", "--attestations", "dist/*", code=ExitCode.FAILED)

    assert f"{SECOND.filename}.publish.attestation" in err
    # The index was not asked about the other one.
    assert FIRST.filename not in err
    assert names_on(published) == set()


def test_a_file_without_metadata_stops_a_batch_that_is_not_checked(
    cli: Cli, published: InMemorySite, dist: Path
) -> None:
    save(dist, FIRST)
    (dist / SECOND.filename).write_bytes(b"not a ZIP")

    err = cli("upload", "--no-check", "dist/*", code=ExitCode.FAILED)

    assert f"{SECOND.filename}: not sent: " in err
    assert names_on(published) == set()


def test_files_of_one_release_that_do_not_fit_together_stop_a_batch(
    cli: Cli, published: InMemorySite, dist: Path
) -> None:
    wheel = build_wheel("Second", "1.0", metadata_version="2.5", extra_metadata=[("Import-Name", "second")])
    sdist = build_sdist("Second", "1.0", metadata_version="2.5", extra_metadata=[("Import-Name", "other")])
    save(dist, FIRST, wheel, sdist)

    assert "The files of a release have the same modules" in cli("upload", "dist/*", code=ExitCode.FAILED)
    assert names_on(published) == set()


class TestDryRun:
    def test_nothing_is_sent(self, cli: Cli, published: InMemorySite, dist: Path) -> None:
        save(dist, FIRST, SECOND)

        assert cli("upload", "--dry-run", "dist/*").splitlines() == [
            f"{FIRST.filename}: would be published",
            f"{SECOND.filename}: would be published",
        ]
        assert names_on(published) == set()

    def test_files_already_on_the_index_are_reported(self, cli: Cli, dist: Path) -> None:
        same = build_wheel("Sample", "1.0")
        other = build_sdist("Sample", "1.0", summary="Other bytes")
        save(dist, same)

        assert cli("upload", "--dry-run", "dist/*") == f"{same.filename}: was there already\n"
        save(dist, other)
        err = cli("upload", "--dry-run", "dist/*", code=ExitCode.CONFLICT)
        assert (
            f"{other.filename}: would be refused: the index has a file of this name with other content" in err
        )
        printed = cli("upload", "--dry-run", "--skip-existing", "dist/*").splitlines()
        assert f"{other.filename}: skipped" in printed

    def test_a_broken_file_is_reported(self, cli: Cli, dist: Path) -> None:
        save(dist, BROKEN)

        assert f"{SECOND.filename}: not sent: " in cli("upload", "--dry-run", "dist/*", code=ExitCode.FAILED)
