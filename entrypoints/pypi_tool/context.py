"""What every command is given: which index is meant, who is asking, and how to answer."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

import pypi_core
from pypi_terminal.errors import UsageError
from pypi_terminal.questions import confirm

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pypi_api_client import Client
    from pypi_terminal.output import Output
    from pypi_tool.settings.credentials import Credentials
    from pypi_tool.settings.global_options import GlobalOptions
    from pypi_tool.settings.index_choice import IndexChoice


class Context:
    """
    The surroundings of one run of a command.

    Attributes:
        options: What the command line says beside the command's own options.
        output: Where results and messages go.
        withheld: Says which credentials were not sent, as they belong to another index; empty where there are
            none.
    """

    def __init__(self, *, options: GlobalOptions, output: Output) -> None:
        self.options = options
        self.output = output
        self.withheld = ""

    @property
    def may_ask(self) -> bool:
        """Return whether there is a person at a terminal who may be asked."""
        return not self.options.no_input and sys.stdin.isatty() and sys.stderr.isatty()

    def index(self) -> IndexChoice:
        """
        Return the index that is meant.

        Raises:
            UsageError: It is named in a way that leads nowhere.
        """
        from pypi_tool.settings.index_choice import choose_index

        return choose_index(self.options.index)

    @contextmanager
    def client(self, *, asking: bool = False, redirect_hosts: Collection[str] = ()) -> Iterator[Client]:
        """
        Lend a client for the index that is meant, with the credentials that belong to it.

        *asking* is for commands that write: a person at a terminal is asked for a token where none is known.
        Downloads may be redirected to *redirect_hosts*.

        Raises:
            UsageError: There is no such index, the token file has no readable token, or the credentials
                belong to another index.
        """
        from pypi_api_client.errors import CredentialsRefused
        from pypi_tool.settings.credentials import find_credentials

        choice = self.index()
        may_ask = asking and self.may_ask
        found = find_credentials(choice, self.options, writes=asking, may_ask=may_ask)
        self.withheld = found.withheld
        self.output.detail(f"index {choice.root}, {_described(found.credentials)}")
        try:
            with self._client(choice, found.credentials, redirect_hosts) as client:
                yield client
        except CredentialsRefused as error:
            if found.withheld:
                raise UsageError(f"{error} {found.withheld}") from error
            raise

    def simple_url(self) -> str:
        """Return the Simple API of the index that is meant, with the credentials that belong to it."""
        from pypi_tool.settings.credentials import find_credentials, url_with

        choice = self.index()
        found = find_credentials(choice, self.options, writes=False, may_ask=False)
        return url_with(choice.found.simple, found.credentials)

    def certificates(self) -> Path | None:
        """Return the certificates to trust in place of those of the operating system, if any are named."""
        return self.index().ca_bundle(self.options.ca_bundle)

    def client_with(self, token: str | None) -> Client:
        """
        Return a client for the index that is meant, with *token* and no other credentials.

        Raises:
            UsageError: There is no such index.
        """
        from pypi_tool.settings.credentials import Credentials

        credentials = Credentials(secret=token, source="the token given") if token else None
        return self._client(self.index(), credentials)

    def confirm(self, question: str, *, yes: bool) -> None:
        """
        Let a person at a terminal think again; *yes* says that they have.

        Raises:
            UsageError: They said no, or there is no terminal to ask on.
        """
        confirm(question, yes=yes, may_ask=self.may_ask)

    def changed(self, serial: int, *done: str) -> None:
        """Print that the index was changed: *serial* for programs, *done* for people."""
        from pypi_protocol.records.parameters import Changed

        self.output.result(Changed(serial=serial), done=done)

    def explain(self, error: Exception) -> None:
        """Add to an error that something is missing on which index, and which project may have been meant."""
        from pypi_api_client.errors import NotFound
        from pypi_resolution.errors import NothingFits
        from pypi_tool.nearest_names import missing_project, nearest_names

        if not isinstance(error, NotFound | NothingFits):
            return
        if name := missing_project(str(error)):
            # Standard input gives its token once.
            is_spent = self.options.token_file == "-"
            with self.client_with(None) if is_spent else self.client() as client:
                alike = nearest_names(client, name)
            if alike:
                error.add_note(f"Did you mean {' or '.join(alike)}?")
        error.add_note(f"The index is {self.index().root}.")

    def _client(
        self,
        choice: IndexChoice,
        credentials: Credentials | None,
        redirect_hosts: Collection[str] = (),
    ) -> Client:
        from pypi_api_client import Client
        from pypi_tool.settings.credentials import userinfo_of
        from pypi_tool.transport import carrier

        return Client(
            choice.index_with(userinfo_of(credentials)),
            token=credentials.secret if credentials and credentials.is_token else None,
            exchange_password=True,
            program=("pypi-cli", pypi_core.__version__),
            ca_bundle=choice.ca_bundle(self.options.ca_bundle),
            redirect_hosts=redirect_hosts,
            transport=carrier.get(),
        )


def _described(credentials: Credentials | None) -> str:
    if credentials is None:
        return "no credentials"
    if credentials.is_token:
        return credentials.source
    return f"{credentials.source}, exchanged for a token of an hour where the index can do that"


CommandContext = Annotated[Context, Parameter(parse=False)]
"""A command's parameter that is not read from the command line."""
