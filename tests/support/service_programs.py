"""The servers that ``tools/fetch_services.sh`` builds for the tests."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from absence import leave_out

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pypi-core-services"
_OLDEST_JAVA = 21
_JDKS = Path("/usr/lib/jvm")


def service_program(name: str) -> Path:
    """Return ``minio``, ``versitygw`` or ``toxiproxy-server``; skip the test without it."""
    program = _CACHE / "bin" / name
    if not program.exists():
        leave_out(f"{name} is not here: run tools/fetch_services.sh.")
    return program


def opensearch_jars() -> Path:
    """Return the folder of OpenSearch's jars; skip the test without it."""
    folders = sorted(_CACHE.glob("opensearch-*/lib"))
    if not folders:
        leave_out("OpenSearch is not here: run tools/fetch_services.sh.")
    return folders[-1]


def debian_root() -> Path:
    """Return the archive of a Debian with Python, to make images from; skip the test without it."""
    archive = _CACHE / "debian.tar"
    if not archive.exists():
        leave_out("There is no Debian to make images from: run tools/fetch_services.sh.")
    return archive


def java() -> Path:
    """Return a Java new enough for OpenSearch, whatever the default one is; skip the test without it."""
    found = [
        release.parent / "bin" / "java"
        for release in _JDKS.glob("*/release")
        if _major(release) >= _OLDEST_JAVA
    ]
    if not found:
        leave_out(f"There is no Java {_OLDEST_JAVA} or later in {_JDKS}.")
    return found[0]


def _major(release: Path) -> int:
    version = release.read_text().partition('JAVA_VERSION="')[2].partition(".")[0]
    return int(version) if version.isdigit() else 0


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
