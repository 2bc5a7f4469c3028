"""
What only the build back end of an sdist can say of it (PEP 517).

This runs the code of the sdist and of what it needs to be built.  That code gets an environment of its own
with what it asks for, installed from wheels of the same index, and none of the tokens
and settings of the person who runs this program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from pypi_resolution.errors import BuildFailed

_PROGRAM = Path(__file__).absolute().with_name("building_process.py")
# What a compiler or an interpreter needs to run at all; nothing that identifies a person.
_KEPT = (
    "PATH", "HOME", "USERPROFILE", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "PROGRAMFILES", "PROGRAMDATA",
    "CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "PKG_CONFIG_PATH",
)  # fmt: skip
# For the connection to the index alone: building gets none of it.
_KEPT_FOR_INSTALLING = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_CERT", "PIP_CACHE_DIR",
)  # fmt: skip


class BuildMetadata(Protocol):
    """Ask the back end of an sdist for its metadata."""

    def __call__(self, sdist: Path) -> bytes | None:
        """
        Return the core metadata of a file on this machine, as in a wheel's METADATA.

        ``None`` says that its code may not be run.

        Raises:
            BuildFailed: It has no working back end, or is not an archive that can be unpacked.
        """


class MetadataBuilder(msgspec.Struct, frozen=True, kw_only=True):
    """
    Asks back ends for metadata, in isolation.

    Attributes:
        index_url: The Simple API that build requirements are installed from; may hold credentials.
        certificates: A file of certificates to trust in place of those of the system.
    """

    index_url: str
    certificates: Path | None = None

    def __call__(self, sdist: Path) -> bytes:
        """Return the core metadata, see `BuildMetadata`."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            source = _unpack(sdist, Path(folder, "source"))
            answer = Path(folder, "METADATA")
            process = subprocess.run(  # noqa: S603 - the program is ours
                [sys.executable, str(_PROGRAM), str(source), str(answer)],
                input=json.dumps(_kept(os.environ, _KEPT)).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment(os.environ),
                cwd=folder,
                check=False,
            )
            if process.returncode or not answer.exists():
                raise BuildFailed(
                    f"{sdist.name} could not be asked for its dependencies: {_last_line(process.stdout)}. "
                    "Take wheels alone (--wheel), name another version, or do without dependencies "
                    "(--no-deps)."
                )
            return answer.read_bytes()

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        # By variables, as everybody on a machine can read the arguments of a program.
        environment = _kept(given, (*_KEPT, *_KEPT_FOR_INSTALLING)) | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.index_url,
            # Installing a wheel runs no code, so that only the hooks below run code of strangers.
            "PIP_ONLY_BINARY": ":all:",
            "PIP_NO_INPUT": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        if self.certificates:
            environment["PIP_CERT"] = str(self.certificates)
        return environment


def _kept(given: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: given[name] for name in names if name in given}


def _unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist and return its one folder."""
    try:
        if sdist.name.endswith(".zip"):
            with zipfile.ZipFile(sdist) as archive:
                archive.extractall(folder)  # noqa: S202 - zipfile leaves out what leads outside
        else:
            with tarfile.open(sdist) as archive_file:
                archive_file.extractall(folder, filter="data")
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError) as error:
        raise BuildFailed(f"{sdist.name} cannot be unpacked: {error}.") from error
    found = [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    if len(found) != 1:
        raise BuildFailed(f"{sdist.name} is not an sdist: it should have exactly one folder.")
    return found[0]


def _last_line(output: bytes) -> str:
    lines = [each for each in output.decode("utf-8", "replace").splitlines() if each.strip()]
    return lines[-1].strip().rstrip(".")[:300] if lines else "its back end ended without a word"
