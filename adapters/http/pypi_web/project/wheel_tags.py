"""The tags of wheels in words, and which interpreters and platforms the wheels of a release serve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

_MOST_ROWS = 40
_MOST_COLUMNS = 30
_MOST_TAGS = 200
_MACHINES = {
    "x86_64": "x86-64", "amd64": "x86-64", "i686": "x86 32-bit", "i386": "x86 32-bit", "aarch64": "ARM64",
    "arm64": "ARM64", "armv7l": "ARMv7", "ppc64le": "POWER", "s390x": "IBM Z", "riscv64": "RISC-V",
    "universal2": "Intel and Apple silicon", "intel": "Intel",
}  # fmt: skip
_LEGACY_GLIBC = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}
_LINUX = re.compile(
    r"(?P<kind>manylinux1|manylinux20\d\d|manylinux|musllinux|linux)_(?:(?P<version>\d+_\d+)_)?(?P<machine>\w+)"
)
_MACOS = re.compile(r"macosx_(\d+)_(\d+)_(\w+)")
_PYTHON = re.compile(r"(?P<kind>py|cp|pp|graalpy)(?P<major>\d)(?P<minor>\d*)")
_INTERPRETERS = {"py": "Python", "cp": "CPython", "pp": "PyPy", "graalpy": "GraalPy"}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """The file for an interpreter on a platform."""

    filename: str
    size: int


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Which file an interpreter (a row) gets on a platform (a column); ``None`` where there is none."""

    platforms: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell | None]]]


class WheelTags(msgspec.Struct, frozen=True, kw_only=True):
    """What a wheel is for, in words."""

    pythons: Sequence[str]
    platforms: Sequence[str]
    families: Sequence[str]

    @property
    def runs_anywhere(self) -> bool:
        """Return whether every platform can use it."""
        return "any platform" in self.platforms


@lru_cache(maxsize=4096)
def wheel_tags(filename: str) -> WheelTags | None:
    """Return what a wheel is for; ``None`` for a name that is not one of a wheel."""
    try:
        tags = list(parse_wheel_filename(filename)[3])[:_MOST_TAGS]
    except (InvalidWheelFilename, ValueError):
        return None
    return WheelTags(
        pythons=sorted({interpreter_in_words(each.interpreter, each.abi) for each in tags}, key=_natural),
        platforms=sorted({platform_in_words(each.platform) for each in tags}, key=_natural),
        families=sorted({platform_family(each.platform) for each in tags}, key=_natural),
    )


def interpreter_in_words(interpreter: str, abi: str) -> str:
    """Return what ``cp312`` with an ABI such as ``abi3`` stands for."""
    found = _PYTHON.match(interpreter)
    if not found:
        return interpreter
    name = _INTERPRETERS[found["kind"]]
    if not found["minor"]:
        return f"{name} {found['major']}"
    later = " and later" if abi == "abi3" or found["kind"] == "py" else ""
    free = ", free-threaded" if abi.startswith("cp") and abi.endswith("t") else ""
    return f"{name} {found['major']}.{found['minor']}{free}{later}"


def platform_in_words(tag: str) -> str:
    """Return what ``manylinux_2_28_x86_64`` and the like stand for."""
    if tag == "any":
        return "any platform"
    if found := _LINUX.fullmatch(tag):
        library = "musl" if found["kind"] == "musllinux" else "glibc"
        version = _LEGACY_GLIBC.get(found["kind"]) or (found["version"] or "").replace("_", ".")
        needs = f" ({library} {version} or newer)" if version else ""
        return f"Linux {_machine(found['machine'])}{needs}"
    if found := _MACOS.fullmatch(tag):
        return f"macOS {found[1]}.{found[2]} or newer, {_machine(found[3])}"
    return platform_family(tag)


def platform_family(tag: str) -> str:
    """Return the platform of a tag without what version of it is needed."""
    if tag == "any":
        return "any platform"
    if found := _LINUX.fullmatch(tag):
        library = " (musl)" if found["kind"] == "musllinux" else ""
        return f"Linux {_machine(found['machine'])}{library}"
    if found := _MACOS.fullmatch(tag):
        return f"macOS {_machine(found[3])}"
    if tag == "win32":
        return "Windows 32-bit"
    name, _underscore, machine = tag.partition("_")
    known = {"win": "Windows", "android": "Android", "ios": "iOS", "pyodide": "Pyodide"}
    return f"{known[name]} {_machine(machine)}" if name in known else tag


def matrix_of(wheels: Iterable[tuple[str, int]]) -> Matrix | None:
    """
    Return which of *wheels*, names and sizes, serves which interpreter on which platform.

    ``None`` where there is nothing to compare: no wheels, or but one, or more than a table can show.
    """
    cells: dict[str, dict[str, Cell]] = {}
    families: set[str] = set()
    count = 0
    for filename, size in wheels:
        tags = wheel_tags(filename)
        if tags is None:
            continue
        count += 1
        families.update(tags.families)
        for python in tags.pythons:
            for family in tags.families:
                cells.setdefault(python, {})[family] = Cell(filename=filename, size=size)
    if count < 2 or len(families) > _MOST_COLUMNS or len(cells) > _MOST_ROWS:
        return None
    platforms = sorted(families, key=_natural)
    rows = [
        (python, [cells[python].get(each) for each in platforms]) for python in sorted(cells, key=_natural)
    ]
    return Matrix(platforms=platforms, rows=rows)


def _machine(name: str) -> str:
    return _MACHINES.get(name, name)


def _natural(text: str) -> list[tuple[int, str]]:
    """Order numbers in words by their value."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text)]
