"""Arguments that several commands have, with what help says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pypi_terminal.parameters import Flag

ProjectName = Annotated[str, Parameter(help="The project's name.")]

ProjectOrRelease = Annotated[str, Parameter(help="NAME or NAME==VERSION.")]

OwnVersion = Annotated[str | None, Parameter(help="The version, if it is not given with the name.")]
"""A version that is a word of its own, behind the name."""

Release = Annotated[str, Parameter(help="PROJECT==VERSION.")]

Username = Annotated[str, Parameter(help="The account.")]

Reason = Annotated[str, Parameter(show_default=False, help="Why, in one line.")]

CacheFolder = Annotated[Path, Parameter(help="The cache.")]

SkipUnsupported = Annotated[Flag, Parameter(help="Leave out files that are neither wheels nor sdists.")]
