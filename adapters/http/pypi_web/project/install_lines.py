"""What to type to install a release, for each tool."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pypi_core.domain.entities import File

_MOST_HASHES = 60


class InstallLine(msgspec.Struct, frozen=True, kw_only=True):
    """A tool and what to tell it."""

    tool: str
    text: str


def install_lines(
    name: str, version: str, base_url: str, index: str, files: Sequence[File]
) -> Sequence[InstallLine]:
    """Return the lines for *name*, pinned to *version* unless it is empty, with hashes of a few *files*."""
    simple = f"{base_url}/simple/"
    requirement = f"{name}=={version}" if version else name
    lines = {
        "pip": f"pip install --index-url {simple} {requirement}",
        "uv": f"uv add --default-index {simple} {requirement}",
        "Poetry": f"poetry source add --priority=primary {index} {simple}\n"
        f"poetry add --source {index} {requirement}",
        "PDM": f"pdm config --local pypi.url {simple}\npdm add {requirement}",
    }
    if files and len(files) <= _MOST_HASHES:
        hashes = " \\\n".join(f"    --hash=sha256:{each.digests.sha256}" for each in files)
        lines["requirements.txt"] = f"--index-url {simple}\n{name}=={files[0].version} \\\n{hashes}"
    return [InstallLine(tool=tool, text=text) for tool, text in lines.items()]
