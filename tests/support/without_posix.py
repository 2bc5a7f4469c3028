"""
Run a program as on a system that is not POSIX: ``python without_posix.py PROGRAM [ARG ...]``.

Modules and functions that Windows lacks are not there for our code and for other people's
packages; the standard library, which has other code on Windows, keeps them.  Child processes that
are started with ``sys.executable`` run in the same way.
"""

from __future__ import annotations

import builtins
import os
import runpy
import select
import signal
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

MODULES = frozenset(
    {
        "crypt", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "spwd", "syslog", "termios",
        "tty",
    }
)  # fmt: skip
"""What is on POSIX alone."""

# Not hidden: packages of other people choose what they call by the name of the system.
OS_FUNCTIONS = (
    "chown", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getuid", "killpg",
    "lchown", "mkfifo", "nice", "openpty", "setsid", "setuid", "sysconf", "uname",
)  # fmt: skip
SIGNALS = (
    "ITIMER_PROF", "ITIMER_REAL", "SIGALRM", "SIGHUP", "SIGPROF", "SIGUSR1", "SIGUSR2", "alarm",
    "pthread_sigmask", "setitimer", "sigwait",
)  # fmt: skip

_STANDARD_LIBRARY = sysconfig.get_path("stdlib")


def main(arguments: list[str]) -> None:
    """Hide what there is on POSIX alone, and run the program that *arguments* name."""
    # Child processes are started isolated.
    words = arguments[1:] if arguments[0] == "-I" else arguments
    hide()
    with tempfile.TemporaryDirectory() as folder:
        sys.executable = str(_interpreter(Path(folder)))
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")


def hide() -> None:
    """Hide modules and functions."""
    for name in SIGNALS:
        vars(signal).pop(name, None)
    builtins.__import__ = _importing(builtins.__import__)
    select.select = _for_sockets_alone(select.select)


def _importing(really: Callable[..., Any]) -> Callable[..., Any]:
    def imported(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - so it is called
        *rest: object,
        **more: object,
    ) -> Any:
        if name in MODULES and not _is_of_the_standard_library(globals):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return really(name, globals, *rest, **more)

    return imported


def _is_of_the_standard_library(importing: Mapping[str, object] | None) -> bool:
    file = str((importing or {}).get("__file__", _STANDARD_LIBRARY))
    return file.startswith(_STANDARD_LIBRARY) and "site-packages" not in file


def _for_sockets_alone(really: Callable[..., Any]) -> Callable[..., Any]:
    def selected(*streams: Sequence[object], **rest: object) -> Any:
        for each in (one for some in streams[:3] for one in some):
            if isinstance(each, int) and not stat.S_ISSOCK(os.fstat(each).st_mode):
                raise OSError("an operation was attempted on something that is not a socket")
        return really(*streams, **rest)

    return selected


def _interpreter(folder: Path) -> Path:
    """Write what stands for this interpreter where child processes are started."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).absolute()}" "$@"\n')
    path.chmod(0o755)
    return path


if __name__ == "__main__":
    main(sys.argv[1:])
