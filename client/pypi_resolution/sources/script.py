"""What a script depends on, as a comment in it says (PEP 723)."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from pypi_resolution.errors import BadRequirements
from pypi_resolution.sources.toml_text import TomlDependencies, read_toml
from pypi_resolution.wanted import Wanted

# The expression of the standard, which also says what ends a block.
_BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
_SNIFFED = 64 * 1024


class _Script(msgspec.Struct, frozen=True, rename="kebab"):
    dependencies: list[str] = msgspec.field(default_factory=list)
    requires_python: str = ""


def is_script(path: Path) -> bool:
    """Return whether a file of another ending is a script: its first line or a block in it says so."""
    try:
        with path.open("rb") as stream:
            start = stream.read(_SNIFFED)
    except OSError:
        return False
    return (
        re.match(rb"#!.*python", start) is not None or re.search(rb"(?m)^# /// script\r?$", start) is not None
    )


def read(wanted: Wanted, path: Path, text: str) -> None:
    """Take in what a script depends on."""
    text = text.replace("\r\n", "\n")
    blocks = [each for each in _BLOCK.finditer(f"{text}\n") if each["type"] == "script"]
    if len(blocks) != 1:
        count = "several blocks" if blocks else "no block"
        raise BadRequirements(f"{path} has {count} '# /// script', which says what it depends on.")
    [block] = blocks
    first = text.count("\n", 0, block.start("content"))
    lines = [line[2:] if line.startswith("# ") else line[1:] for line in block["content"].splitlines()]
    # Empty lines in front keep the numbers of lines right.
    content = "\n" * first + "\n".join(lines)
    try:
        script = msgspec.convert(read_toml(content, path), _Script)
    except msgspec.ValidationError as error:
        raise BadRequirements(f"{path} has a block that is not valid: {error}.") from error
    dependencies = TomlDependencies(wanted, path, content)
    dependencies.want_python(script.requires_python)
    dependencies.want(script.dependencies)
    dependencies.finish()
