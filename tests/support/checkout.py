"""A copy of this repository, in which a test can do what changes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LEFT_OUT = (".*_cache", "__pycache__", "_build", "data", "dist", ".git", ".venv*")


def new_checkout(folder: Path) -> Path:
    """Copy this repository to *folder*, with links to the environments for development and documentation."""
    subprocess.run(["make", "--silent", ".venv-docs/.docs"], cwd=ROOT, check=True)
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".venv-docs").symlink_to(ROOT / ".venv-docs")
    return folder
