"""Where the result of a command goes: lines for a person, or one JSON object for a program."""

from __future__ import annotations

from collections.abc import Iterable

from pypi_app.server_command.terminal import printable

SCHEMA = "pypi-server/1"
"""The version of everything that ``--json`` prints; a new number says that a member changed its meaning."""


class Output:
    """
    Prints the result of a command on standard output.

    With ``--json`` the result is one object, ``{"schema", "command", "result"}``, and lines are not printed.
    Lines come without characters that could repaint a terminal: reasons, titles and file names are
    other people's words.

    Args:
        command: The command's own words, such as ``token list``.
        is_json: Whether a program reads the result.
    """

    def __init__(self, *, command: str, is_json: bool) -> None:
        self._command = command
        self.is_json = is_json

    def line(self, text: str) -> None:
        """Print a line of the result for a person, at once."""
        if not self.is_json:
            print(printable(text), flush=True)

    def result(self, value: object, lines: Iterable[str] = ()) -> None:
        """Print the result: *value* for programs, *lines* for people."""
        if self.is_json:
            import msgspec

            content = {"schema": SCHEMA, "command": self._command, "result": value}
            print(msgspec.json.format(msgspec.json.encode(content), indent=2).decode(), flush=True)
        else:
            for each in lines:
                self.line(each)
