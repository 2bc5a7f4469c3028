"""Other people's tools, installed from the public index."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from absence import leave_out
from running_server import SCRIPTS


class ForeignTools:
    """
    Environments with other people's tools, kept from one run of the tests to the next.

    Where the public index cannot be reached, the test is skipped; with ``CI`` set it fails.
    """

    def __init__(self, cache: pytest.Cache) -> None:
        self._cache = cache

    def environment(self, requirement: str, *, python: tuple[int, int] = (3, 11)) -> Path:
        """Return the folder of an environment with *requirement*, on *python* or a later one."""
        folder = self._cache.mkdir(re.sub(r"[^A-Za-z0-9.]+", "-", requirement))
        complete = folder / "complete"
        # Another process may run the tests of the same tool.
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not complete.exists():
                _install(folder / "environment", requirement, _interpreter(python))
                complete.touch()
        return folder / "environment"


def _install(folder: Path, requirement: str, interpreter: str) -> None:
    uv = SCRIPTS / "uv"
    subprocess.run([uv, "venv", "-q", "--clear", "--python", interpreter, folder], check=True)
    outcome = subprocess.run(
        [uv, "pip", "install", "-q", "--python", folder / "bin" / "python", requirement],
        capture_output=True,
        text=True,
    )
    if outcome.returncode:
        leave_out(f"{requirement} could not be installed from the public index: {outcome.stderr}")


def _interpreter(at_least: tuple[int, int]) -> str:
    """Return the oldest Python that is new enough: this one, one on the path, or one beside this one."""
    if sys.version_info >= at_least:
        return sys.executable
    names = (f"python3.{minor}" for minor in range(at_least[1], at_least[1] + 3))
    on_path = [found for each in names if (found := shutil.which(each))]
    beside = map(str, sorted(Path(sys.base_prefix).parent.glob("*/bin/python3")))
    for each in (*on_path, *beside):
        question = f"import sys; sys.exit(sys.version_info < {at_least})"
        if subprocess.run([each, "-c", question], capture_output=True).returncode == 0:
            return each
    return leave_out(f"there is no Python {at_least[0]}.{at_least[1]} or later on this machine")
