"""A release, cut as CONTRIBUTING says, published to an index of our own and installed from it."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from checkout import ROOT, new_checkout
from pypi_core import __version__

if TYPE_CHECKING:
    from running_server import StartServer
    from tool_client import Client

pytestmark = pytest.mark.slow


def release_commands() -> list[str]:
    """Return the commands of CONTRIBUTING that cut a release."""
    _, _, section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Releases\n")
    blocks = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    commands = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    # Every other test runs in it.
    commands.remove("make test")
    return commands


def test_a_release_is_cut_as_contributing_says(
    start_server: StartServer, client: Client, tmp_path: Path
) -> None:
    commands = release_commands()
    version = re.findall(r"tag .* (\S+)$", "\n".join(commands), re.MULTILINE)[-1]
    assert Version(version) > Version(__version__)
    server = start_server()
    checkout = new_checkout(tmp_path / "checkout")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(client.home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "A maintainer", "GIT_AUTHOR_EMAIL": "maintainer@index.example",
        "GIT_COMMITTER_NAME": "A maintainer", "GIT_COMMITTER_EMAIL": "maintainer@index.example",
        "PYPI_REPOSITORY": server.url,
        "PYPI_TOKEN": server.token,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }  # fmt: skip

    def run(*commands: str) -> str:
        done = subprocess.run(
            ["bash", "-e", "-c", "\n".join(commands)],
            cwd=checkout, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout

    run("git init --quiet", "git add .", "git commit --quiet --message 'Start'")
    module = checkout / "pypi_core" / "__init__.py"
    module.write_text(module.read_text().replace(__version__, version))
    run(*commands)

    assert run("git status --porcelain") == ""
    assert run("git describe").strip() == version
    assert f"\n## {version} (" in (checkout / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [each.name for each in (checkout / "changes").iterdir()] == ["README.md"]
    assert f"pypi_core-{version}" in (checkout / "docs/how-to/install-pypi-cli.md").read_text(
        encoding="utf-8"
    )
    installed = client.new_environment("installed")
    client.uv_install(server, installed, "--no-deps", f"pypi-core=={version}")
    shown = client.using(installed).run("python", "-c", "import pypi_core; print(pypi_core.__version__)")
    assert shown.stdout.strip() == version
    # The worker unpacks the site a moment later.
    while (page := server.get(f"docs/pypi-core/{version}/")).status_code == 404:
        time.sleep(0.1)
    assert f"<title>pypi-core {version}</title>" in page.text
