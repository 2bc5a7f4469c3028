"""Arguments that several commands have, with what help says of them."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Username = Annotated[str, Parameter(help="The account.")]

ProjectName = Annotated[str, Parameter(help="The project's name in any spelling.")]

Holder = Annotated[str, Parameter(help="The index that has the project.")]
"""The name of an index, for commands about one project."""

Threads = Annotated[int, Parameter(help="How many objects at a time.")]
"""How many threads go through a store."""
