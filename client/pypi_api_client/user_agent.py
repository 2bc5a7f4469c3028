"""How the client names itself: in pip's format, under its own name."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import ssl
import sys
from collections.abc import Mapping

# pip does the same: a CI service sets at least one of these.
_SIGNS_OF_CI = ("BUILD_BUILDID", "BUILD_ID", "CI", "PIP_IS_CI")


def client_version() -> str:
    """Return the version of the distribution that this client is part of."""
    return _version_of("pypi-core") or "0"


def user_agent(name: str, version: str, environment: Mapping[str, str] = os.environ) -> str:
    """
    Return the ``User-Agent`` of the program *name*.

    pip's ``rustc_version`` is left out: to find it, a program would have to be started.
    """
    data: dict[str, object] = {
        "ci": True if any(each in environment for each in _SIGNS_OF_CI) else None,
        "implementation": {"name": platform.python_implementation(), "version": _implementation_version()},
        "installer": {"name": name, "version": version},
        "openssl_version": ssl.OPENSSL_VERSION,
        "python": platform.python_version(),
        "system": {"name": platform.system(), "release": platform.release()},
    }
    known = {
        "cpu": platform.machine(),
        "distro": _distro(),
        "setuptools_version": _version_of("setuptools"),
        "user_data": environment.get("PIP_USER_AGENT_USER_DATA"),
    }
    data |= {each: value for each, value in known.items() if value}
    return f"{name}/{version} {json.dumps(data, separators=(',', ':'), sort_keys=True)}"


def _implementation_version() -> str:
    """Return PyPy's own version, which is not that of the language."""
    if platform.python_implementation() == "CPython":
        return platform.python_version()
    return ".".join(map(str, sys.implementation.version[:3]))


def _version_of(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _distro() -> dict[str, object]:
    if platform.system() == "Darwin":
        return {"name": "macOS", "version": platform.mac_ver()[0]}
    if platform.system() != "Linux":
        return {}
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    # The id is the code name: a quirk of pip's that readers of these lines rely on.
    found: dict[str, object] = {
        "name": release.get("NAME"),
        "version": release.get("VERSION_ID"),
        "id": release.get("VERSION_CODENAME"),
        "libc": {
            name: value for name, value in zip(("lib", "version"), platform.libc_ver(), strict=True) if value
        },
    }
    return {name: value for name, value in found.items() if value}
