"""The client and ``pypi-cli`` need nothing that there is on POSIX alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import pypi_api_client
import pypi_core.domain
import pypi_distribution_cache
import pypi_environment.readme
import pypi_resolution
import pypi_terminal
import pypi_tool
import without_posix
from pypi_contracts.builders import build_sdist, build_wheel
from running_server import SCRIPTS, RunningServer, clean_environment

Save = Callable[..., list[Path]]

_PACKAGES = (
    pypi_api_client,
    pypi_terminal,
    pypi_tool,
    pypi_core.domain,
    pypi_distribution_cache,
    pypi_resolution,
)
_RENDERING = Path(pypi_environment.readme.__file__).parent


def sources() -> Iterator[Path]:
    for package in _PACKAGES:
        yield from Path(package.__path__[0]).rglob("*.py")
    for name in ("readme", "readme_process", "rendering_pool", "rendering_process"):
        yield _RENDERING / f"{name}.py"


def posix_imports(tree: ast.AST) -> list[str]:
    """Return the modules of POSIX that are imported without a way out."""
    guarded = {
        inner
        for outer in ast.walk(tree)
        if isinstance(outer, ast.Try) and "ImportError" in ast.unparse(outer.handlers)  # type: ignore[arg-type]
        for statement in outer.body
        for inner in ast.walk(statement)
    }
    names: list[str] = []
    for node in ast.walk(tree):
        if node in guarded:
            continue
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return sorted(without_posix.MODULES & {each.partition(".")[0] for each in names})


def posix_calls(tree: ast.AST) -> list[str]:
    """Return the functions of POSIX alone that are used without asking whether they are there."""
    asked = {
        inner
        for outer in ast.walk(tree)
        if isinstance(outer, ast.If) and "hasattr(" in ast.unparse(outer.test)
        for inner in ast.walk(outer)
    }
    names = {f"os.{each}" for each in without_posix.OS_FUNCTIONS}
    names |= {f"signal.{each}" for each in without_posix.SIGNALS}
    used = (
        ast.unparse(each) for each in ast.walk(tree) if isinstance(each, ast.Attribute) and each not in asked
    )
    return sorted(names & set(used))


@pytest.mark.parametrize("path", [pytest.param(each, id="/".join(each.parts[-2:])) for each in sources()])
def test_a_module_imports_nothing_of_posix(path: Path) -> None:
    assert posix_imports(ast.parse(path.read_text())) == []


@pytest.mark.parametrize("path", [pytest.param(each, id="/".join(each.parts[-2:])) for each in sources()])
def test_a_module_calls_nothing_of_posix(path: Path) -> None:
    assert posix_calls(ast.parse(path.read_text())) == []


def test_the_check_of_imports_finds_those_of_posix() -> None:
    assert posix_imports(ast.parse("def f():\n    import fcntl\n")) == ["fcntl"]
    assert posix_calls(ast.parse("import os\nos.fork()\n")) == ["os.fork"]
    assert posix_imports(ast.parse("try:\n    import resource\nexcept ImportError:\n    pass\n")) == []


class Elsewhere:
    """Runs ``pypi-cli`` as on a system that is not POSIX."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(
        self, *words: object, code: int = 0, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        outcome = subprocess.run(
            [sys.executable, without_posix.__file__, SCRIPTS / "pypi-cli", *map(str, words)],
            cwd=self.home,
            env={**clean_environment(self.home), **(environment or {})},
            capture_output=True,
            text=True,
        )
        assert outcome.returncode == code, f"{outcome.stdout}\n{outcome.stderr}"
        return outcome


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    return Elsewhere(tmp_path)


def test_hiding_posix_hides_it(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import getpass, signal\nassert not hasattr(signal, 'setitimer')\nimport fcntl\n")

    outcome = subprocess.run(
        [sys.executable, without_posix.__file__, program], capture_output=True, text=True
    )

    assert "No module named 'fcntl'" in outcome.stderr


@pytest.mark.slow
def test_descriptions_are_rendered_and_problems_found(elsewhere: Elsewhere, save: Save) -> None:
    good, bad = save(
        build_wheel("good", "1.0", description="*fine*", description_content_type="text/x-rst"),
        build_wheel("bad", "1.0", description=":unknown:`role`", description_content_type="text/x-rst"),
    )

    elsewhere.run("check", good)
    outcome = elsewhere.run("check", bad, code=1)

    assert "unknown" in outcome.stdout


@pytest.mark.slow
def test_files_are_published_downloaded_and_cached(
    elsewhere: Elsewhere, server: RunningServer, save: Save, tmp_path: Path
) -> None:
    files = save(build_wheel("portable", "1.0"), build_sdist("portable", "1.0"))
    known = {"PYPI_REPOSITORY": server.url, "PYPI_TOKEN": server.token}

    elsewhere.run("upload", *files, environment=known)
    elsewhere.run("download", "portable", "--dest", "out", environment=known)
    elsewhere.run("cache", "create", "cache", "portable", environment=known)
    elsewhere.run("cache", "verify", "cache")

    assert [each.name for each in (tmp_path / "out").iterdir()] == ["portable-1.0-py3-none-any.whl"]


@pytest.mark.slow
def test_a_configured_token_is_used(elsewhere: Elsewhere, server: RunningServer) -> None:
    known = {"PYPI_REPOSITORY": server.url, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}

    elsewhere.run("config", "set", "indexes.here.url", server.url)
    elsewhere.run("config", "set", "indexes.here.token_file", server.data / "owner-token")
    said = elsewhere.run("whoami", environment=known)

    assert "owner" in said.stdout
