"""What a lock file selects, and from where it is taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from pypi_api_client import Client
from pypi_api_client.errors import BadDownload, ClientError
from pypi_api_client.models import FileKind
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_resolution import ChosenFile, choose, parse_target, read_wanted
from pypi_resolution.errors import BadRequirements, Contradiction, NothingFits

PURE = build_wheel("one", "1.0")
BINARY = build_wheel("one", "1.0", tag="cp312-cp312-manylinux2014_x86_64")
SDIST = build_sdist("one", "1.0")
OTHER = build_wheel("other", "2.0")

HEAD = 'lock-version = "1.0"\ncreated-by = "me"\n'


def listed(built: BuiltDistribution) -> dict[str, Any]:
    return {
        "filename": built.filename,
        "url": f"/files/{built.filename}",
        "hashes": {"sha256": built.sha256},
        "size": len(built.content),
    }


def source(built: BuiltDistribution, **changed: object) -> str:
    """Return an inline table for a file, as a lock file has it."""
    values = {"name": f'"{built.filename}"', "size": len(built.content), **changed}
    values.setdefault("hashes", f'{{sha256 = "{built.sha256}"}}')
    values.setdefault("url", f'"https://public.example/{built.filename}"')
    return "{" + ", ".join(f"{key} = {value}" for key, value in values.items() if value is not None) + "}"


def wheels(*sources: str) -> str:
    return f"wheels = [{', '.join(sources)}]"


def package(name: str, *lines: str, version: str = "1.0") -> str:
    return "\n".join(["[[packages]]", f'name = "{name}"', f'version = "{version}"', *lines, ""])


Choose = Callable[..., tuple[ChosenFile, ...]]


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def select(tmp_path: Path, asked: list[str]) -> Choose:
    """Return a function that chooses by a lock, for Python 3.12 on Linux unless said otherwise."""
    pages = {"one": [PURE, BINARY, SDIST], "other": [OTHER]}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        name = request.url.path.split("/")[2]
        if name not in pages:
            return httpx.Response(404)
        files = [listed(each) for each in pages[name]]
        return httpx.Response(
            200,
            json={"meta": {"api-version": "1.1"}, "name": name, "files": files},
            headers={"Content-Type": "application/vnd.pypi.simple.v1+json"},
        )

    def choose_by(
        *packages: str,
        head: str = "",
        python: str = "3.12",
        platform: str = "manylinux2014_x86_64",
        names: tuple[str, ...] = (),
        groups: tuple[str, ...] = (),
        extras: tuple[str, ...] = (),
        **options: Any,
    ) -> tuple[ChosenFile, ...]:
        file = tmp_path / "pylock.toml"
        file.write_text(HEAD + head + "\n" + ("\n".join(packages) or "packages = []"))
        wanted = read_wanted(names, [file], groups=groups, extras=extras)
        with Client("https://index.example/", transport=httpx.MockTransport(answer)) as client:
            return choose(client, wanted, parse_target(python, [platform]), **options)

    return choose_by


def names(chosen: tuple[ChosenFile, ...]) -> list[str]:
    return [each.file.filename for each in chosen]


BOTH = wheels(source(PURE), source(BINARY))


def test_the_best_wheel_for_the_target_is_taken_from_the_index_chosen(select: Choose) -> None:
    [chosen] = select(package("one", BOTH))

    assert chosen.file.filename == BINARY.filename
    assert chosen.file.url == f"https://index.example/files/{BINARY.filename}"
    assert chosen.hashes == {f"sha256:{BINARY.sha256}"}
    assert chosen.version == "1.0"
    assert names(select(package("one", BOTH), platform="win_amd64")) == [PURE.filename]


def test_a_file_on_the_chosen_index_is_not_looked_up(select: Choose, asked: list[str]) -> None:
    url = f'"https://index.example/elsewhere/{PURE.filename}"'

    [chosen] = select(package("one", wheels(source(PURE, url=url))))

    assert chosen.file.url == url.strip('"')
    assert chosen.file.hashes == {"sha256": PURE.sha256}
    assert asked == []


def test_a_locked_file_is_found_by_its_name(select: Choose) -> None:
    lock = package("one", wheels(source(PURE, url=None, path='"../' + PURE.filename + '"')))

    assert names(select(lock)) == [PURE.filename]


def test_the_sdist_is_taken_where_no_wheel_fits_or_it_is_asked_for(select: Choose) -> None:
    lock = package("one", f"sdist = {source(SDIST)}", wheels(source(BINARY)))

    assert names(select(lock)) == [BINARY.filename]
    assert names(select(lock, platform="win_amd64")) == [SDIST.filename]
    assert names(select(lock, kinds={FileKind.SDIST})) == [SDIST.filename]
    with pytest.raises(NothingFits, match="one has no wheel for Python 3"):
        select(lock, platform="win_amd64", kinds={FileKind.WHEEL})


def test_markers_extras_and_groups_say_what_is_taken(select: Choose) -> None:
    head = 'extras = ["more"]\ndependency-groups = ["test", "docs"]\ndefault-groups = ["docs"]\n'

    def lock(marker: str) -> tuple[str, str]:
        return package("one", BOTH), package(
            "other", f'marker = "{marker}"', wheels(source(OTHER)), version="2.0"
        )

    assert len(select(*lock("python_version >= '3.13'"), head=head)) == 1
    assert len(select(*lock("python_version >= '3.13'"), head=head, python="3.13")) == 2
    assert len(select(*lock("'more' in extras"), head=head)) == 1
    assert len(select(*lock("'more' in extras"), head=head, extras=("More",))) == 2
    assert len(select(*lock("'docs' in dependency_groups"), head=head)) == 2
    assert len(select(*lock("'docs' in dependency_groups"), head=head, groups=("test",))) == 1


def test_names_may_stand_beside_a_lock(select: Choose) -> None:
    lock = package("one", wheels(source(PURE)))

    assert names(select(lock, names=("other",), dependencies=False)) == [PURE.filename, OTHER.filename]
    with pytest.raises(Contradiction, match="Two files are wanted of one"):
        select(lock, names=("one",), dependencies=False)


@pytest.mark.parametrize(
    ("lock", "kind", "why"),
    [
        (package("one", 'requires-python = ">=3.13"', BOTH), NothingFits, "does not serve Python 3.12.0"),
        (package("one", BOTH) * 2, NothingFits, "Multiple packages with the name 'one'"),
        (
            package("one", wheels(source(build_wheel("one", "1.0", tag="py3-none-win32")))),
            NothingFits,
            "No wheel found matching",
        ),
        (package("one", 'vcs = {type = "git", url = "x", commit-id = "1"}'), BadRequirements, "a repository"),
        (package("one", 'directory = {path = "."}'), BadRequirements, "not from an index"),
        (
            package("one", wheels(source(PURE, hashes='{md5 = "00"}'))),
            BadRequirements,
            "has no hash that can be relied on",
        ),
        (
            package("one", wheels(source(PURE, hashes='{sha256 = "00"}'))),
            BadDownload,
            "is not what pylock.toml names: its sha256 is",
        ),
        (
            package("one", wheels(source(PURE, size=1))),
            BadDownload,
            "bytes on this index and 1 there",
        ),
        (
            package("nowhere", wheels(source(build_wheel("nowhere", "1.0")))),
            NothingFits,
            "names nowhere-1.0-py3-none-any.whl, which this index does not have",
        ),
    ],
)
def test_an_unavailable_file_is_reported(
    select: Choose, lock: str, kind: type[ClientError], why: str, tmp_path: Path
) -> None:
    with pytest.raises(kind) as refused:
        select(lock)
    assert why in str(refused.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize("name", ["../one-1.0.tar.gz", "one-1.0.tar.gz/..", "a\\\\one-1.0.tar.gz"])
def test_a_name_that_leaves_the_folder_is_refused(select: Choose, name: str) -> None:
    with pytest.raises(BadRequirements, match="is not a lock file"):
        select(package("one", f"sdist = {source(SDIST, name=f'{chr(34)}{name}{chr(34)}')}"))
    url = f'"https://index.example/{quote(name, safe="")}"'
    with pytest.raises(BadRequirements, match="is not a lock file"):
        select(package("one", f"sdist = {source(SDIST, name=None, url=url)}"))


@pytest.mark.parametrize(
    ("options", "why"), [({"extras": ["x"]}, "has no extra 'x'"), ({"groups": ["x"]}, "has no group 'x'")]
)
def test_a_missing_extra_or_group_is_reported(select: Choose, options: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRequirements, match=why):
        select(package("one", BOTH), **options)
