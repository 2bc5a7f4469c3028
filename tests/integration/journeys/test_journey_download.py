"""
``pypi-cli download`` beside ``pip download``: from one server, with the same inputs, the same files.

The distributions are the locked dependencies of the server, from the public index, with further versions of
some and with built ones that make the search go back.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from absence import leave_out
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel

if TYPE_CHECKING:
    from real_packages import RealFiles
    from running_server import RunningServer
    from tool_client import Client

pytestmark = pytest.mark.slow

CLOSURE = Path(__file__).parents[3] / "requirements" / "server.txt"
# Fewer versions than these exist; each makes the search choose.
OLDER = ("rich<15", "httpx<0.28", "anyio<4.10", "click<8.3", "jinja2<3.1.6", "packaging<26", "litestar<2.20")
ELSEWHERE = (
    "--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", "--abi", "abi3",
    "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64",
    "--platform", "manylinux2014_x86_64",
)  # fmt: skip
# The same for our tool.
ELSEWHERE_HERE = ("--python", *ELSEWHERE[1:])

NAMES = (
    "alembic", "argon2-cffi", "cyclopts", "dependency-injector", "hatchling", "httptools", "httpx", "jinja2",
    "litestar>=2.20", "litestar[structlog]", "multipart", "platformdirs", "readme-renderer[md]", "resolvelib",
    "rich", "sqlalchemy", "structlog", "tomlkit", "uvicorn", "uvloop", "msgspec", "packaging", "rich-rst",
)  # fmt: skip

BUILT = (
    # Of the newest nothing fits together: the search has to go back, twice.
    build_wheel("tower", "3.0", requires_dist=["floor==3.*", "roof>=2"]),
    build_wheel("tower", "2.0", requires_dist=["floor>=2", "roof>=1"]),
    build_wheel("tower", "1.0", requires_dist=["floor"]),
    build_wheel("floor", "3.1", requires_dist=["ground<2"]),
    build_wheel("floor", "3.0", requires_dist=["ground<2"]),
    build_wheel("floor", "2.0", requires_dist=["ground"]),
    build_wheel("roof", "2.0", requires_dist=["ground>=2"]),
    build_wheel(
        "roof", "1.5", requires_dist=["ground>=2", 'slate; extra == "dry"'],
        extra_metadata=[("Provides-Extra", "dry")],
    ),
    build_wheel("roof", "1.0", requires_dist=["ground"]),
    build_wheel("ground", "2.0"),
    build_wheel("ground", "1.0"),
    build_wheel("slate", "1.0rc1"),
    build_wheel("slate", "0.9.dev1"),
    # Which file of a version.
    build_wheel("choice", "1.0", tag="py3-none-any"),
    build_wheel("choice", "1.0", tag="1-py3-none-any", summary="The build number decides"),
    build_wheel("choice", "1.0", tag="cp311-cp311-manylinux2014_x86_64"),
    build_wheel("choice", "1.0", tag="cp312-cp312-manylinux_2_17_x86_64"),
    build_wheel("choice", "1.0", tag="cp38-abi3-manylinux_2_28_x86_64"),
    build_wheel("choice", "1.1", tag="cp310-cp310-win_amd64"),
    build_wheel("choice", "1.2", requires_python=">=3.99"),
    build_sdist("choice", "1.0"),
    build_sdist("source-only", "1.0", requires_dist=["ground<2"]),
    build_wheel("finals", "1.0"),
    build_wheel("finals", "2.0b1"),
)  # fmt: skip


class Stock:
    """A server with everything, and both tools that download from it."""

    def __init__(self, server: RunningServer, client: Client, home: Path, *, is_real: bool) -> None:
        self.server = server
        self.client = client
        self.home = home
        self.is_real = is_real

    def by_pip(self, *arguments: object, check: bool = True) -> dict[str, bytes]:
        folder = self._new_folder()
        self.client.run(
            "python", "-m", "pip", "download", "--quiet", "--no-cache-dir", "--dest", folder,
            "--index-url", f"{self.server.url}simple/", *arguments, check=check,
        )  # fmt: skip
        return contents(folder)

    def by_us(self, *arguments: object) -> dict[str, bytes]:
        folder = self._new_folder()
        self.client.run("pypi-cli", "download", "--index", self.server.url, "--dest", folder, *arguments)
        return contents(folder)

    def refused(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        folder = self._new_folder()
        outcome = self.client.run(
            "pypi-cli", "download", "--index", self.server.url, "--dest", folder, *arguments, check=False
        )
        assert outcome.returncode != 0
        assert contents(folder) == {}
        return outcome

    def _new_folder(self) -> Path:
        return self.home / f"folder-{len(list(self.home.iterdir()))}"

    def write(self, name: str, *lines: str) -> Path:
        path = self.home / name
        path.write_text("\n".join(lines) + "\n")
        return path


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()} if folder.exists() else {}


@pytest.fixture(scope="module")
def stock(
    shared_server: RunningServer,
    shared_client: Client,
    real_files: RealFiles,
    tmp_path_factory: pytest.TempPathFactory,
) -> Stock:
    more = tmp_path_factory.mktemp("more")
    older = real_files.further(more / "older", *OLDER)
    elsewhere = real_files.further(more / "elsewhere", "--require-hashes", *ELSEWHERE, "-r", str(CLOSURE))
    for each in BUILT:
        (more / each.filename).write_bytes(each.content)
    built = [each for each in more.iterdir() if each.is_file()]
    every = (*real_files.wheels, *older, *elsewhere, *built)
    files = {each.name: each for each in every}
    token = shared_server.data / "owner-token"
    shared_client.run(
        "pypi-cli",
        "upload",
        "--no-check",
        "--index",
        shared_server.url,
        "--token-file",
        token,
        *files.values(),
    )
    home = tmp_path_factory.mktemp("stock")
    return Stock(shared_server, shared_client, home, is_real=real_files.are_real)


@pytest.fixture
def names(stock: Stock, real_files: RealFiles) -> tuple[str, ...]:
    """Return what a project would ask for, of which at least 40 distributions come."""
    return NAMES if stock.is_real else ("built-0", *(each.stem.split("-")[0] for each in real_files.wheels))


def test_a_requirements_file_brings_what_pip_brings(stock: Stock, names: tuple[str, ...]) -> None:
    wanted = stock.write("loose.txt", "# everything", *names)

    ours = stock.by_us("-r", wanted)

    assert len(ours) >= (40 if stock.is_real else 25)
    assert ours == stock.by_pip("-r", wanted)


def test_names_bring_what_pip_brings(stock: Stock, names: tuple[str, ...]) -> None:
    assert stock.by_us(*names[:6]) == stock.by_pip(*names[:6])


def test_an_older_version_brings_the_older_ones_that_it_needs(stock: Stock) -> None:
    if not stock.is_real:
        leave_out("the public index cannot be reached")
    wanted = stock.write("older.txt", "litestar<2.20", "rich", "anyio<4.10", "-c constraints.txt")
    stock.write("constraints.txt", "click<8.3", "httpx<0.28; python_version > '3'", "jinja2!=3.1.6")

    ours = stock.by_us("-r", wanted)

    assert any(each.startswith("click-8.2") for each in ours)
    assert ours == stock.by_pip("-r", wanted)


@pytest.mark.parametrize(
    "lines",
    [
        ["tower"],
        ["tower", "ground>=2"],
        ["roof[dry]<2"],
        ["tower", "roof[dry]"],
        ["choice", "--no-binary choice"],
        ["source-only", "tower"],
        ["finals", "--pre"],
        ["finals>=2.0b1"],
        ["slate<1"],
        ["ground", 'roof; python_version < "3"', "-c pinned.txt"],
        ["--all-releases finals", "finals", "ground"],
    ],
    ids=" ".join,
)
def test_the_search_ends_where_that_of_pip_ends(stock: Stock, lines: list[str]) -> None:
    stock.write("pinned.txt", "ground==1.0", "unused<1")
    wanted = stock.write("search.txt", *lines)

    assert stock.by_us("-r", wanted) == stock.by_pip("-r", wanted)


def test_hashes_bring_what_pip_brings(stock: Stock, names: tuple[str, ...]) -> None:
    downloaded = stock.by_us(*names)
    lines = [
        f"{each.filename.split('-')[0]}=={each.filename.split('-')[1]} \\\n    --hash=sha256:{each.sha256}"
        for each in sorted(map(_as_built, downloaded.items()), key=lambda each: each.filename)
    ]
    wanted = stock.write("hashes.txt", *lines)

    assert stock.by_us("-r", wanted) == stock.by_pip("-r", wanted) == downloaded


def _as_built(item: tuple[str, bytes]) -> BuiltDistribution:
    return BuiltDistribution(
        filename=item[0], content=item[1], metadata=b"", filetype="bdist_wheel", pyversion="py3"
    )


def test_a_hash_chooses_the_file_that_has_it(stock: Stock) -> None:
    [wanted] = [each for each in BUILT if each.filename == "choice-1.0-py3-none-any.whl"]
    file = stock.write("one.txt", f"choice==1.0 --hash=sha256:{wanted.sha256}")

    assert set(stock.by_us("-r", file)) == {wanted.filename}
    assert stock.by_us("-r", file) == stock.by_pip("-r", file)


def test_another_python_and_platform_bring_what_pip_brings(stock: Stock, names: tuple[str, ...]) -> None:
    wanted = stock.write("elsewhere.txt", *names, "choice")

    ours = stock.by_us("-r", wanted, "--wheel", *ELSEWHERE_HERE)

    assert "choice-1.0-cp38-abi3-manylinux_2_28_x86_64.whl" not in ours
    assert "choice-1.0-cp312-cp312-manylinux_2_17_x86_64.whl" in ours
    assert ours == stock.by_pip("-r", wanted, "--only-binary", ":all:", *ELSEWHERE)


def test_a_lock_file_brings_what_it_names(stock: Stock, names: tuple[str, ...]) -> None:
    wanted = stock.write("to-lock.txt", *names)
    lock = stock.home / "pylock.toml"
    stock.client.run(
        "uv", "pip", "compile", "--quiet", "--no-cache", "--format", "pylock.toml", "--output-file", lock,
        "--default-index", f"{stock.server.url}simple/", wanted,
    )  # fmt: skip

    ours = stock.by_us("-r", lock)

    assert len(ours) >= (40 if stock.is_real else 25)
    assert ours == stock.by_pip("-r", lock)


def test_a_lock_file_for_all_platforms_brings_those_of_the_target(stock: Stock) -> None:
    project = stock.home / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "locked"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["choice<1.1", "tower"]\n'
        '[dependency-groups]\nmore = ["finals"]\n'
        '[project.optional-dependencies]\ndry = ["slate==1.0rc1"]\n'
    )
    lock = project / "pylock.toml"
    stock.client.run(
        "uv", "export", "--quiet", "--no-cache", "--project", project, "--all-groups", "--all-extras",
        "--no-emit-project", "--format", "pylock.toml", "--output-file", lock,
        "--default-index", f"{stock.server.url}simple/",
    )  # fmt: skip

    here = stock.by_us("-r", lock)
    there = stock.by_us("-r", lock, *ELSEWHERE_HERE)

    assert "choice-1.0-cp312-cp312-manylinux_2_17_x86_64.whl" in there
    assert {each.split("-")[0] for each in here} == {each.split("-")[0] for each in there}
    assert here == stock.by_pip("-r", lock)


def test_a_project_file_brings_what_pip_brings(stock: Stock) -> None:
    file = stock.home / "pyproject.toml"
    file.write_text(
        '[project]\nname = "mine"\nversion = "1"\ndependencies = ["tower"]\n'
        '[project.optional-dependencies]\ndry = ["roof[dry]<2"]\n'
        '[dependency-groups]\ntest = ["choice", {include-group = "more"}]\nmore = ["finals"]\n'
    )

    ours = stock.by_us("-r", file, "--group", "test", "--extra", "dry")

    assert ours == stock.by_pip("tower", "roof[dry]<2", "--group", f"{file}:test")


def test_conflicting_requirements_are_refused_by_both(stock: Stock) -> None:
    wanted = stock.write("against.txt", "floor==3.0", "ground>=2")

    refused = stock.refused("-r", wanted)

    assert "floor 3.0 wants ground<2" in refused.stderr
    assert f"{wanted} (line 2) wants ground>=2" in refused.stderr
    assert stock.by_pip("-r", wanted, check=False) == {}
