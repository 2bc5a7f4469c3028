"""Running the code of sdists that alone can say what they depend on: only when a person wants that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pypi_terminal.questions import ask

if TYPE_CHECKING:
    from pypi_api_client import Client
    from pypi_tool.context import Context


class PermittedBackEnds:
    """
    Asks the back ends of sdists for metadata where that is permitted.

    It is where *build* says so (``--build``), or a person at a terminal: they are asked once.
    """

    def __init__(self, context: Context, client: Client, *, build: bool, target_is_here: bool) -> None:
        self._context = context
        self._client = client
        self._permitted: bool | None = build or (None if context.may_ask else False)
        self._target_is_here = target_is_here

    def __call__(self, sdist: Path) -> bytes | None:
        """Return the core metadata of *sdist*; ``None`` if its code may not be run."""
        from pypi_resolution.building import MetadataBuilder

        if self._permitted is None:
            answer = ask(
                f"Only the code of {sdist.name} can say what it depends on. Run it on this machine, and the "
                "code of other such sdists? [y/N]"
            )
            self._permitted = answer.lower() in {"y", "yes"}
        if not self._permitted:
            return None
        self._context.output.note(f"note: running the code of {sdist.name} to learn what it depends on")
        if not self._target_is_here:
            self._context.output.note(
                f"warning: {sdist.name} says what it depends on here, which may differ for the target named"
            )
        # pip gets no credentials of an index that can be read without.
        index_url = self._context.simple_url() if self._client.wants_login else self._client.simple_url
        return MetadataBuilder(index_url=index_url, certificates=self._context.certificates())(sdist)
