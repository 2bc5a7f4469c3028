"""Programs on a terminal, and a person who reads and types."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

# Makes standard input the terminal that passwords are asked on, which takes the first of a session.
_ON_ITS_TERMINAL = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """
    A program on a terminal of its own, and a person who reads it and types.

    Args:
        words: The program and its arguments.
        out: A file in place of the terminal, for standard output.
        err: One for standard error.
    """

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        out: Path | None = None,
        err: Path | None = None,
    ) -> None:
        self._outside, inside = os.openpty()
        self._shown = b""
        with contextlib.ExitStack() as opened:
            opened.callback(os.close, inside)
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _ON_ITS_TERMINAL, *words],
                stdin=inside,
                stdout=opened.enter_context(out.open("wb")) if out else inside,
                stderr=opened.enter_context(err.open("wb")) if err else inside,
                cwd=folder,
                env=environment,
            )

    @property
    def shown(self) -> str:
        """All that was shown so far, lines ending as they do in files."""
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self._outside)[3] & termios.ECHO)

    def wait_for(self, text: str) -> None:
        """Read until *text* has been shown; another question in its place would wait for ever."""
        while text not in self.shown:
            assert self._read(), f"the program ended without {text!r}:\n{self.shown}"
            is_asking = self.shown.endswith("[y/N] ") and text not in self.shown
            assert not is_asking, f"the program asks something else than {text!r}:\n{self.shown}"

    def answer(self, question: str, text: str) -> None:
        """Wait until *question* is asked, and type *text* and the key Return."""
        self.wait_for(question)
        self.press(f"{text}\n")

    def press(self, keys: str) -> None:
        """Type *keys*, such as CTRL_C."""
        os.write(self._outside, keys.encode())

    def end(self) -> int:
        """Read until the program ends, and return its exit code."""
        while self._read():
            pass
        return self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Whatever still runs on it is told that it hung up.
        os.close(self._outside)
        self.process.wait()

    def _read(self) -> bytes:
        try:
            piece = os.read(self._outside, 64 * 1024)
        except OSError:
            # So the system says that nobody has the other end any more.
            return b""
        self._shown += piece
        return piece
