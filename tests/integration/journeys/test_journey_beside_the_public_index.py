"""A project that needs packages of two indexes, as the README says; one of them plays the public index."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_wheel
from running_server import RunningServer

if TYPE_CHECKING:
    from running_server import StartServer
    from tool_client import Client

Save = Callable[..., list[Path]]

pytestmark = pytest.mark.slow

README = Path(__file__).parents[3] / "README.md"
OURS = build_wheel("your-package", "1.0", requires_dist=["needed"])
STRANGERS = build_wheel("your-package", "99.0")
NEEDED = build_wheel("needed", "1.0")


@pytest.fixture
def public(start_server: StartServer, client: Client, save: Save, tmp_path: Path) -> RunningServer:
    """Return what plays the public index: a stranger has published our name there."""
    server = start_server("--no-worker", data=tmp_path / "public")
    client.twine_upload(server, save(STRANGERS, NEEDED))
    return server


@pytest.fixture
def ours(start_server: StartServer, client: Client, save: Save, tmp_path: Path) -> RunningServer:
    server = start_server("--no-worker", data=tmp_path / "ours")
    client.twine_upload(server, save(OURS))
    return server


def test_uv_takes_our_package_from_our_index_alone(
    public: RunningServer, ours: RunningServer, client: Client
) -> None:
    [settings] = re.findall(r"```toml\n(\[tool\.uv.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    project = client.home / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.11"\n'
        'dependencies = ["your-package"]\n\n' + settings.replace("http://127.0.0.1:8080/", ours.url)
    )

    client.run(
        "uv", "sync", "--project", project, "--no-cache", "--no-install-project",
        "--default-index", f"{public.url}simple/", UV_NO_CONFIG="0",
    )  # fmt: skip

    installed = {each.name for each in project.glob(".venv/lib/*/site-packages/*.dist-info")}
    assert installed == {"your_package-1.0.dist-info", "needed-1.0.dist-info"}


def test_pip_installs_only_files_with_the_listed_hashes(
    public: RunningServer, ours: RunningServer, client: Client
) -> None:
    requirements = client.home / "requirements.txt"
    requirements.write_text(
        f"your-package==1.0 --hash=sha256:{OURS.sha256}\nneeded==1.0 --hash=sha256:{NEEDED.sha256}\n"
    )
    extra = ("--extra-index-url", f"{ours.url}simple/")

    hashed, plain = client.new_environment("hashed"), client.new_environment("plain")
    client.pip_install(public, hashed, *extra, "--require-hashes", "-r", requirements)
    client.pip_install(public, plain, *extra, "your-package")

    assert list(hashed.glob("lib/*/site-packages/your_package-1.0.dist-info"))
    # What the README warns of.
    assert list(plain.glob("lib/*/site-packages/your_package-99.0.dist-info"))


def test_all_that_is_needed_is_copied_to_our_index(
    public: RunningServer, ours: RunningServer, client: Client
) -> None:
    token = ours.data / "owner-token"
    (client.home / "requirements.txt").write_text("needed\n")
    client.run("pypi-cli", "--index", public.url, "download", "-r", "requirements.txt", "--dest", "wheels")
    wheels = sorted((client.home / "wheels").glob("*.whl"))
    client.run("pypi-cli", "--index", ours.url, "upload", "--token-file", token, *wheels)

    environment = client.new_environment("ours-alone")
    client.pip_install(ours, environment, "your-package")

    assert list(environment.glob("lib/*/site-packages/needed-1.0.dist-info"))
