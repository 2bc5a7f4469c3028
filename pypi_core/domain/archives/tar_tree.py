"""What a tar archive would unpack to, and that all of it stays in one folder."""

from __future__ import annotations

import re
from itertools import pairwise

from pypi_core.domain.archives.contents import refusal
from pypi_core.domain.archives.tar_members import TarKind, TarMember
from pypi_core.errors import shown

_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
# setuid, setgid, and the sticky bit.
_SPECIAL_BITS = 0o7000

Path = tuple[str, ...]


class TarTree:
    """
    Grows by one member after the other.

    Attributes:
        top: The name of the one top-level folder, empty before the first member.
    """

    def __init__(self) -> None:
        self.top = ""
        self._kinds: dict[str, TarKind] = {}

    def add(self, member: TarMember) -> str:
        """Take in the next member and return its path below the top-level folder, empty for that folder."""
        parts = _parts(member.name)
        if member.mode & _SPECIAL_BITS:
            raise refusal(f"{shown(member.name)} in it has a setuid, setgid or sticky bit")
        if not parts and member.kind is TarKind.FOLDER:
            return ""  # the folder that holds the top-level folder: `.`
        if not parts or (len(parts) == 1 and member.kind is not TarKind.FOLDER):
            raise refusal(f"{shown(member.name)} in it is not in a top-level folder")
        if self.top and parts[0] != self.top:
            raise refusal(f"it has two top-level folders, {shown(self.top)} and {shown(parts[0])}")
        self.top = parts[0]
        path = "/".join(parts[1:])
        known = self._kinds.get(path)
        if known is not None and not (known is member.kind is TarKind.FOLDER):
            raise refusal(f"it has {shown(member.name)} twice")
        if member.kind is TarKind.SYMBOLIC_LINK:
            self._check_symbolic_link(member, parts)
        elif member.kind is TarKind.HARD_LINK:
            self._check_hard_link(member)
        self._kinds[path] = member.kind
        return path

    def check_places(self) -> None:
        """Take note that there are no more members: none may lie below another that is not a folder."""
        # NUL is in no name and sorts before everything: what is below a path directly follows it.
        keys = sorted(path.replace("/", "\0") for path in self._kinds)
        for key, next_key in pairwise(keys):
            path, next_path = key.replace("\0", "/"), next_key.replace("\0", "/")
            if next_key.startswith(f"{key}\0") and self._kinds[path] is not TarKind.FOLDER:
                raise refusal(f"{shown(next_path)} in it lies below {shown(path)}, which is not a folder")

    def is_file(self, path: str) -> bool:
        """Return whether a regular file is at *path*, below the top-level folder."""
        return self._kinds.get(path) is TarKind.FILE

    def paths(self) -> frozenset[str]:
        """Return the paths of everything but folders, below the top-level folder."""
        return frozenset(path for path, kind in self._kinds.items() if kind is not TarKind.FOLDER)

    def _check_symbolic_link(self, member: TarMember, parts: Path) -> None:
        if not member.link or member.link.startswith(("/", "\\")) or _DRIVE.match(member.link):
            raise refusal(f"the link {shown(member.name)} in it leads out of its folder")
        steps = [part for part in re.split(r"[/\\]", member.link) if part not in {"", "."}]
        upwards = next((count for count, step in enumerate(steps) if step != ".."), len(steps))
        # `..` behind the name of another link could lead anywhere.
        if upwards > len(parts) - 2 or ".." in steps[upwards:]:
            raise refusal(f"the link {shown(member.name)} in it leads out of its folder")

    def _check_hard_link(self, member: TarMember) -> None:
        parts = _parts(member.link)
        if parts[:1] != (self.top,) or not self.is_file("/".join(parts[1:])):
            raise refusal(f"the hard link {shown(member.name)} in it is to no file before it")


def _parts(name: str) -> Path:
    """Split a name into its parts, none of which leads elsewhere."""
    if _CONTROL_CHARACTER.search(name):
        raise refusal(f"the name {shown(name)} in it has a control character")
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        raise refusal(f"the name {shown(name)} in it is absolute")
    if ".." in re.split(r"[/\\]", name):
        raise refusal(f"the name {shown(name)} in it leads out of its folder")
    return tuple(part for part in name.split("/") if part not in {"", "."})
