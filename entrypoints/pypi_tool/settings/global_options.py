"""Options that every command has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, get_args

from cyclopts import Group, Parameter

from pypi_terminal.output import Appearance, Color
from pypi_terminal.parameters import Flag

# The first is ours, those after the letter are what other tools call it.
_INDEX = ["--index", "-i", "--repository", "--repository-url", "--index-url", "--publish-url"]
_OF_EVERY_COMMAND = Group("Options of every command", sort_key=99)


@Parameter(name="*", group=_OF_EVERY_COMMAND)
@dataclass(frozen=True, kw_only=True)
class GlobalOptions:
    """
    Options that may stand before and behind every command.

    Attributes:
        index: The index: its URL, or a name from the configuration.
        username: The user name, for indexes that need one with a password.
        token_file: A file with an API token or password; - reads standard input.
        token_from_env: An environment variable with an API token or password for this very index.
        ca_bundle: A file with the certificates to trust instead of those of the operating system.
        json: Print the result as JSON, for programs.
        quiet: Print only results and errors.
        verbose: Say on standard error what is being done.
        no_input: Never ask questions.
        color: Whether to use colors.
    """

    index: Annotated[str | None, Parameter(name=_INDEX, metavar="NAME", show_default=False)] = None
    username: Annotated[
        str | None, Parameter(name=["--username", "-u"], metavar="NAME", show_default=False)
    ] = None
    token_file: Annotated[
        str | None, Parameter(metavar="FILE", allow_leading_hyphen=True, show_default=False)
    ] = None
    token_from_env: Annotated[str | None, Parameter(metavar="NAME", show_default=False)] = None
    ca_bundle: Annotated[
        Path | None, Parameter(name=["--ca-bundle", "--cert"], metavar="FILE", show_default=False)
    ] = None
    json: Flag = False
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative=(), show_default=False)] = False
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative=(), show_default=False)] = False
    no_input: Annotated[
        bool, Parameter(name=["--no-input", "--non-interactive"], negative=(), show_default=False)
    ] = False
    color: Annotated[Color | None, Parameter(show_default=False)] = None

    def appearance(self) -> Appearance:
        """Return how results and messages are to look."""
        return Appearance(
            json=self.json,
            quiet=self.quiet,
            verbose=self.verbose,
            color=self.color,
            configured_color=_configured_color,
        )


def _configured_color() -> Color:
    # Loaded late: few commands print in colour, and help needs no configuration.
    from pypi_tool.settings.configuration import configured_color

    return configured_color()


def color_option(arguments: Sequence[str]) -> Color | None:
    """Return what ``--color`` says in a command line that may be wrong otherwise."""
    words = [part for each in arguments for part in each.split("=", 1)]
    given = next((value for option, value in pairwise(words) if option == "--color"), None)
    return next((each for each in get_args(Color) if each == given), None)
