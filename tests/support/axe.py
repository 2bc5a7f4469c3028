"""axe-core, which finds what keeps people from using a page; fetched once by npm."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from absence import leave_out
from chromium import Page

_VERSION = "4.14.1"
_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pypi-core-services"
_SCRIPT = _CACHE / f"axe-core-{_VERSION}.js"
# What authors wrote is theirs to mend.
_RUN = """axe.run({exclude: [".description"]}).then(found => JSON.stringify(found.violations.map(each =>
    [each.id, ...each.nodes.slice(0, 5).map(node => node.target.join(" "))])))"""


def violations(page: Page) -> Sequence[object]:
    """Return what axe finds wrong with the page that is open: each rule, and where it is broken."""
    page.call("Runtime.evaluate", expression=_script())
    answer = page.call("Runtime.evaluate", expression=_RUN, awaitPromise=True, returnByValue=True)
    found: Sequence[object] = json.loads(answer["result"]["value"])
    return found


def _script() -> str:
    if not _SCRIPT.exists():
        _fetch()
    content = _SCRIPT.read_bytes()
    assert hashlib.sha256(content).hexdigest() == _SHA256, f"{_SCRIPT} is not axe-core {_VERSION}: delete it"
    return content.decode()


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        leave_out("there is no npm to fetch axe-core with")
    with TemporaryDirectory() as folder:
        packed = subprocess.run(
            [npm, "pack", f"axe-core@{_VERSION}"], cwd=folder, capture_output=True, check=False, timeout=120
        )
        if packed.returncode:
            leave_out("npm cannot fetch axe-core")
        with tarfile.open(Path(folder) / f"axe-core-{_VERSION}.tgz") as archive:
            member = archive.extractfile("package/axe.min.js")
            assert member
            _SCRIPT.parent.mkdir(parents=True, exist_ok=True)
            _SCRIPT.write_bytes(member.read())
