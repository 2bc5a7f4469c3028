"""
Install a lock of ``requirements/`` and the project into the environment that runs this program.

pip differs from one Python to the next: pip 23.2 looks past a pin for the extras of a package,
and fails as soon as a newer release is out.  So the pip of the environment installs one small lock
without extras, ``requirements/installer.txt``, and the uv that this brings installs the rest.  Where
uv has no wheel, the pip of that lock does.

uv does not read pip's configuration: what says where packages come from is handed on to it.
This program needs nothing but the standard library of Python 3.11 and pip 22.3.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_LOCKS = PROJECT / "requirements"
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
# From this release on pip trusts the certificates of the operating system; uv is told to.
_PIP_THAT_TRUSTS_THE_SYSTEM = (24, 2)
# How pip's configuration says yes.
_ON = frozenset({"1", "true", "yes", "on", "t", "y"})


def main() -> int:
    """Install what the first argument names, ``server``, ``dev`` or ``docs``; return an exit code."""
    [name] = sys.argv[1:]
    return install(_LOCKS / f"{name}.txt")


def install(lock: Path) -> int:
    """Install *lock*, every file checked against its hash, then the project itself, as editable."""
    command, environment = [*_PIP, "install"], dict(os.environ)
    if _install_installer((_LOCKS / "installer.txt").read_text("utf-8")) == "uv":
        configured = pip_configuration()
        command = [str(Path(sys.executable).with_name("uv")), "pip", "install", *uv_options(configured)]
        environment |= uv_settings(configured, environment)
    for arguments in (
        ("--require-hashes", "--requirement", str(lock)),
        ("--no-deps", "--no-build-isolation", "--editable", str(PROJECT)),
    ):
        if code := subprocess.run([*command, "--quiet", *arguments], env=environment).returncode:
            return code
    return 0


def _install_installer(lock: str) -> str:
    """Install what *lock* pins and return which of them installs the rest, ``uv`` or ``pip``."""
    pinned = pins(lock)
    if _is_installed("uv", pinned) or _pip_install(lock, quiet=True) == 0:
        return "uv"
    print("uv cannot be installed here: pip installs instead, which takes longer.", flush=True)
    if not _is_installed("pip", pinned) and _pip_install(pinned["pip"], quiet=False):
        raise SystemExit("pip could not install the pip that requirements/installer.txt names.")
    return "pip"


def _is_installed(name: str, pinned: Mapping[str, str]) -> bool:
    try:
        return pinned[name].startswith(f"{name}=={metadata.version(name)} ")
    except metadata.PackageNotFoundError:
        return False


def _pip_install(lock: str, *, quiet: bool) -> int:
    """Install the text of a lock with the pip of this environment; return its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "installer.txt")
        file.write_text(lock, "utf-8")
        options = ("--quiet", "--require-hashes", "--only-binary", ":all:", "--requirement", str(file))
        # That there is no wheel for this machine is not a failure to show: the other installer is tried.
        errors = subprocess.DEVNULL if quiet else None
        return subprocess.run([*_PIP, "install", *options], stderr=errors).returncode


def pins(lock: str) -> dict[str, str]:
    """Return what a lock says of each package: its first line and the lines of its hashes."""
    entries = re.findall(r"^[a-z0-9][^\n]*(?:\n[ \t][^\n]*)*", lock, re.MULTILINE)
    return {entry.partition("==")[0]: entry for entry in entries}


# ---------------------------------------------------------------- pip's configuration


def pip_configuration() -> dict[str, str]:
    """
    Return the options that pip takes from its files and from the environment.

    Where one is given in several places, the value that pip uses is returned: the environment
    first, then the section of the command, then the section for all commands.
    """
    listed = subprocess.run([*_PIP, "config", "list"], capture_output=True, text=True, encoding="utf-8")
    found: dict[str, dict[str, str]] = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.rpartition(".")
        found.setdefault(section, {})[option] = str(ast.literal_eval(value))
    return {**found.get("global", {}), **found.get("install", {}), **found.get(":env:", {})}


def uv_options(pip: Mapping[str, str]) -> list[str]:
    """Return the options for what uv has no environment variable for."""
    return ["--no-index"] if pip.get("no-index", "").strip().lower() in _ON else []


def uv_settings(pip: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """
    Return the environment variables that make uv install from where pip would.

    They are variables, not arguments, since addresses may hold a password and arguments can be read
    by everybody on the machine.  What *environment* says to uv already is left as it is.
    """
    extra_indexes = pip.get("extra-index-url", "").split()
    settings = {
        "UV_DEFAULT_INDEX": pip.get("index-url", "").strip(),
        "UV_INDEX": " ".join(extra_indexes),
        # pip looks for a pinned version on every index; uv asks the first index that knows the project.
        "UV_INDEX_STRATEGY": "unsafe-best-match" if extra_indexes else "",
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": pip.get("timeout", pip.get("default-timeout", "")),
        "UV_KEYRING_PROVIDER": "subprocess" if pip.get("keyring-provider") == "subprocess" else "",
        "SSL_CERT_FILE": pip.get("cert", ""),
        "SSL_CLIENT_CERT": pip.get("client-cert", ""),
        "ALL_PROXY": pip.get("proxy", ""),
        "UV_SYSTEM_CERTS": "1" if _trusts_the_system() else "",
        # The environment is there already; no Python is to be fetched for it.
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
    }
    # Its older names are as good.
    spoken_for = {*environment, *(new for old, new in _OLDER_NAMES.items() if old in environment)}
    return {name: value for name, value in settings.items() if value and name not in spoken_for}


_OLDER_NAMES = {"UV_INDEX_URL": "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL": "UV_INDEX"}


def _trusts_the_system() -> bool:
    numbers = re.findall(r"\d+", metadata.version("pip"))[:2]
    return tuple(map(int, numbers)) >= _PIP_THAT_TRUSTS_THE_SYSTEM


if __name__ == "__main__":
    sys.exit(main())
