"""Whether there can be a keyring: asking for one takes longer than anything else a short command does."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

_NONE = {"keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"}
_OWN = "keyring-"


def may_have_keyring() -> bool:
    """
    Return whether the keyring library could find a keyring.

    It finds none on Linux where no session bus leads to one, nothing is configured, and nobody has installed
    another kind.
    """
    if "keyring" in sys.modules:
        return True
    if find_spec("keyring") is None:
        return False
    if chosen := os.environ.get("PYTHON_KEYRING_BACKEND"):
        return chosen not in _NONE
    return sys.platform != "linux" or _has_session_bus() or _is_configured() or _has_other_kinds()


def _has_session_bus() -> bool:
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return True
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if not folder and hasattr(os, "getuid"):
        folder = f"/run/user/{os.getuid()}"
    return folder != "" and Path(folder, "bus").exists()


def _is_configured() -> bool:
    folders = (os.environ.get("XDG_CONFIG_HOME") or "~/.config", "~/.local/share")
    return any(Path(each, "python_keyring", "keyringrc.cfg").expanduser().exists() for each in folders)


def _has_other_kinds() -> bool:
    return any(
        b"[keyring.backends]" in entry_points.read_bytes()
        for folder in sys.path
        for entry_points in Path(folder).glob("*.*-info/entry_points.txt")
        if not entry_points.parent.name.startswith(_OWN)
    )
