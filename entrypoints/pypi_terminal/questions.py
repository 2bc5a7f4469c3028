"""Questions to a person at a terminal."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pypi_terminal.errors import UsageError
from pypi_terminal.streams import sanitize


def ask(question: str) -> str:
    """
    Ask on standard error, and return the line that was typed.

    Raises:
        UsageError: The input ended (Ctrl+D).
    """
    with _answering():
        print(f"{sanitize(question)} ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if not answer:
            raise EOFError
    return answer.strip()


def ask_secret(question: str) -> str:
    """
    Ask for what must not be shown, and return it as it was typed.

    Raises:
        UsageError: The input ended (Ctrl+D).
    """
    with _answering():
        return getpass.getpass(f"{sanitize(question)} ", stream=sys.stderr)


def confirm(question: str, *, yes: bool, may_ask: bool) -> None:
    """
    Let a person at a terminal think again; *yes* says that they have.

    Raises:
        UsageError: They said no, or *may_ask* is false.
    """
    if yes:
        return
    if not may_ask:
        raise UsageError(f"{question} Add --yes to do it without being asked.")
    if ask(f"{question} [y/N]").lower() not in {"y", "yes"}:
        raise UsageError("Nothing was done.")


@contextmanager
def _answering() -> Iterator[None]:
    """End the line of a question without an answer, so that the next sentence has one of its own."""
    try:
        yield
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise
    except EOFError as error:
        print(file=sys.stderr)
        raise UsageError("There was no answer: nothing was done.") from error
