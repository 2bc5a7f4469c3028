"""Platform tags: which others each takes, and what markers say there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from packaging.tags import android_platforms, ios_platforms, mac_platforms

_APPLE = re.compile(r"(?:macosx|ios)_(\d+)_(\d+)_(.+)")
_ANDROID = re.compile(r"android_(\d+)_(.+)")
_LINUX = re.compile(r"(?:manylinux(?:1|2010|2014|_\d+_\d+)|musllinux_\d+_\d+|linux)_(.+)")
_WINDOWS = {"win32": "x86", "win_amd64": "AMD64", "win_arm64": "ARM64"}


def platforms_accepted(platforms: Sequence[str]) -> list[str]:
    """Return *platforms* and, behind each, those older ones that it stands for too."""
    return list(dict.fromkeys(tag for each in platforms for tag in _accepted(each)))


def _accepted(platform: str) -> Iterator[str]:
    prefix, _, machine = platform.partition("_")
    if (apple := _APPLE.fullmatch(platform)) and prefix in {"macosx", "ios"}:
        version = int(apple[1]), int(apple[2])
        known = mac_platforms(version, apple[3]) if prefix == "macosx" else ios_platforms(version, apple[3])
        yield from known
    elif android := _ANDROID.fullmatch(platform):
        yield from android_platforms(int(android[1]), android[2])
    else:
        yield platform
        # PEP 571 and 599: systems of the newer tag run wheels of the older.
        if prefix == "manylinux2014" and machine in {"i686", "x86_64"}:
            yield f"manylinux2010_{machine}"
        if (prefix == "manylinux2014" and machine in {"i686", "x86_64"}) or prefix == "manylinux2010":
            yield f"manylinux1_{machine}"


def marker_values(platform: str) -> dict[str, str]:
    """Return what markers say on *platform*; of a tag that is not known, nothing."""
    if linux := _LINUX.fullmatch(platform):
        return _values("posix", "linux", "Linux", linux[1])
    if platform in _WINDOWS:
        return _values("nt", "win32", "Windows", _WINDOWS[platform])
    if android := _ANDROID.fullmatch(platform):
        return _values("posix", "android", "Android", android[2])
    apple = _APPLE.fullmatch(platform)
    if apple is None:
        return {}
    machine = "x86_64" if "x86_64" in apple[3] else "arm64"
    if platform.startswith("ios"):
        return _values("posix", "ios", "iOS", machine)
    return _values("posix", "darwin", "Darwin", machine)


def _values(os_name: str, sys_platform: str, system: str, machine: str) -> dict[str, str]:
    return {
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
        # Those of another machine are unknown.
        "platform_release": "",
        "platform_version": "",
    }
