"""Files that widely used tools have published, sent again by uv and by twine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from absence import leave_out
from real_packages import PublicIndexUnreachable, pip_download
from running_server import clean_environment

if TYPE_CHECKING:
    from foreign_tools import ForeignTools
    from running_server import StartServer
    from tool_client import Client

pytestmark = pytest.mark.foreign

SOUND = ("docker==7.1.0", "platformdirs==4.3.6")
UNNORMALIZED = ("SQLAlchemy==1.4.54", "PyJWT==2.8.0")
# Its RECORD lists other paths than are in it.
MISMATCHED = ("selenium==4.1.0",)
RULES = ("unnormalized-filenames", "record-mismatch")
OLDER_TWINE = "twine==5.1.1"
# The uv of today skips files whose names are not normalized; this one sends them under normalized names.
OLDER_UV = "uv==0.8.0"
# The last ones for Python 2.7.
BUILDERS = ("setuptools==44.1.1", "wheel==0.37.1")

SETUP = """\
# -*- coding: utf-8 -*-
from setuptools import setup
setup(name="legacy", version="1.0", py_modules=["legacy"], author=u"Åsa", url="https://index.example/")
"""


@pytest.fixture(scope="module")
def downloads(request: pytest.FixtureRequest) -> dict[str, Path]:
    """Return a file of each project, kept from one run of the tests to the next."""
    folder = request.config.cache.mkdir("legacy-uploads")
    found = {}
    for requirement in (*SOUND, *UNNORMALIZED, *MISMATCHED):
        kept = folder / requirement
        if not list(kept.glob("*.whl")):
            try:
                pip_download(kept, "--no-deps", "--only-binary", ":all:", requirement)
            except PublicIndexUnreachable as error:
                leave_out(f"{requirement} cannot be downloaded from the public index: {error}")
        [found[requirement]] = kept.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def wheel_of_python_2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel that ``bdist_wheel`` on Python 2.7 built just now."""
    python = _python_2()
    builders, source = tmp_path_factory.mktemp("builders"), tmp_path_factory.mktemp("source")
    environment = clean_environment(tmp_path_factory.mktemp("home"))
    installed = subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-deps", "--target", builders, *BUILDERS],
        capture_output=True, text=True,
    )  # fmt: skip
    if installed.returncode:
        leave_out(f"the builders for Python 2.7 cannot be installed: {installed.stderr[-500:]}")
    (source / "setup.py").write_text(SETUP, encoding="utf-8")
    (source / "legacy.py").write_text("x = 1\n")
    built = subprocess.run(
        [python, "setup.py", "-q", "bdist_wheel"],
        cwd=source, env={**environment, "PYTHONPATH": str(builders)}, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    [wheel] = (source / "dist").glob("*.whl")
    return wheel


def _python_2() -> str:
    beside = map(str, Path(sys.base_prefix).parent.glob("2.7*/bin/python2.7"))
    for each in (*beside, shutil.which("python2.7")):
        # What is on the path may be a shim that finds no Python behind it.
        if each and subprocess.run([each, "-c", ""], capture_output=True).returncode == 0:
            return each
    return leave_out("there is no Python 2.7 on this machine to build a wheel with")


@pytest.mark.parametrize("tool", ["uv", "twine"])
def test_files_of_widely_used_tools_are_published(
    start_server: StartServer,
    client: Client,
    tmp_path: Path,
    downloads: dict[str, Path],
    wheel_of_python_2: Path,
    foreign_tools: ForeignTools,
    tool: str,
) -> None:
    server = start_server()
    publish = client.uv_publish if tool == "uv" else client.twine_upload
    for each in SOUND:
        if tool == "twine":
            # The twine of today refuses these by itself; that of their time sent them.
            client.using(foreign_tools.environment(OLDER_TWINE)).twine_upload(server, [downloads[each]])
        else:
            publish(server, [downloads[each]])
    publish(server, [wheel_of_python_2])
    if tool == "uv":
        for each in UNNORMALIZED:
            assert "non-normalized filename" in publish(server, [downloads[each]]).stderr
        publish_unnormalized = client.using(foreign_tools.environment(OLDER_UV)).uv_publish
    else:
        publish_unnormalized = publish
    by_rules = {
        **dict.fromkeys(UNNORMALIZED, publish_unnormalized),
        **dict.fromkeys(MISMATCHED, publish),
    }

    for each, send in by_rules.items():
        assert send(server, [downloads[each]], check=False).returncode != 0
    allowed = [part for rule in RULES for part in ("--allow", rule)]
    client.operate(server, "index", "rules", "pypi", *allowed)
    for each, send in by_rules.items():
        send(server, [downloads[each]])

    for file in (*downloads.values(), wheel_of_python_2):
        project = file.name.partition("-")[0].lower()
        assert file.name.lower() in server.get(f"simple/{project}/").text.lower()
