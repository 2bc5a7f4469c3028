"""Options that every command has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from pypi_app.cli.output import Appearance

Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
"""Something that is off unless it is named."""

Yes = Annotated[bool, Parameter(name=["--yes", "-y"], negative=(), show_default=False)]
"""The answer to a question before it is asked."""

_OF_EVERY_COMMAND = Group("Options of every command", sort_key=99)


@Parameter(name="*", group=_OF_EVERY_COMMAND)
@dataclass(frozen=True, kw_only=True)
class GlobalOptions:
    """
    Options that may stand before and behind every command.

    Attributes:
        index: The index: a name that the configuration knows, or a URL.
        username: The user name, for indexes that want one beside a password.
        token_file: A file with an API token or password; - reads standard input.
        ca_bundle: A file of the certificates to trust, in place of those of the operating system.
        json: Print the result as JSON, for programs.
        quiet: Print results and errors alone.
        verbose: Tell on standard error what is done.
        no_input: Never ask anything.
        color: Whether to use colours.
    """

    index: Annotated[str | None, Parameter(name=["--index", "-i"], show_default=False)] = None
    username: Annotated[str | None, Parameter(show_default=False)] = None
    token_file: Annotated[str | None, Parameter(allow_leading_hyphen=True, show_default=False)] = None
    ca_bundle: Annotated[Path | None, Parameter(show_default=False)] = None
    json: Flag = False
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative=(), show_default=False)] = False
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative=(), show_default=False)] = False
    no_input: Flag = False
    color: Annotated[Literal["auto", "always", "never"] | None, Parameter(show_default=False)] = None

    def appearance(self) -> Appearance:
        """Return how results and messages are to look."""
        return Appearance(json=self.json, quiet=self.quiet, verbose=self.verbose, color=self.color)
