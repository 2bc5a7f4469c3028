"""What governs an index: projects, releases, files, people, tokens."""

from __future__ import annotations

from datetime import datetime

from pypi_api_client.asynchronous.conversation import AsyncConversation
from pypi_api_client.protocol import accounts, files, projects, releases
from pypi_api_client.records import CreatedProject, NewToken, Role, Token, TokenScope


class AsyncManaging(AsyncConversation):
    """
    The methods that change what an index has, but for publishing; other indexes have none of them.

    Those that return a number return the serial of the index after the change.

    Each may raise `NotSpoken`: the index does not speak JSON-RPC.
    """

    async def create_project(self, name: str) -> CreatedProject:
        """
        Create an empty project, whose first owner is the caller.

        Raises:
            Conflict: There is one by this name, or one that could be mistaken for it.
        """
        return await self._run(projects.create(self._index, name))

    async def set_project_status(self, name: str, status: str, reason: str = "") -> int:
        """Give a project a status (PEP 792): active, archived, deprecated or quarantined."""
        return await self._run(projects.set_status(self._index, name, status, reason))

    async def delete_project(self, name: str) -> int:
        """Delete a project with everything in it; the names of its files can never be used again."""
        return await self._run(projects.delete(self._index, name))

    async def roles(self, name: str) -> tuple[Role, ...]:
        """Tell who has which role in a project."""
        return await self._run(projects.roles(self._index, name))

    async def add_role(self, name: str, username: str, role: str) -> int:
        """Give an account a role, ``Owner`` or ``Maintainer``, in place of the one it has."""
        return await self._run(projects.add_role(self._index, name, username, role))

    async def remove_role(self, name: str, username: str) -> int:
        """
        Take an account's role away.

        Raises:
            Conflict: It is the last owner.
        """
        return await self._run(projects.remove_role(self._index, name, username))

    async def yank_release(self, name: str, version: str, reason: str = "") -> int:
        """Withdraw a release (PEP 592): installers pass it over unless it is pinned exactly."""
        return await self._run(releases.yank(self._index, name, version, reason))

    async def unyank_release(self, name: str, version: str) -> int:
        """Offer a release again; files that were yanked by themselves stay so."""
        return await self._run(releases.unyank(self._index, name, version))

    async def delete_release(self, name: str, version: str) -> int:
        """Delete a release with all its files, whose names can never be used again."""
        return await self._run(releases.delete(self._index, name, version))

    async def set_release_metadata(self, name: str, version: str, metadata: str) -> int:
        """
        Describe a release that has no files yet by the content of a METADATA or PKG-INFO file.

        Raises:
            InvalidRequest: Something in it is not as it has to be; every problem is told.
            Conflict: The release has files, which describe it.
        """
        return await self._run(releases.set_metadata(self._index, name, version, metadata))

    async def yank_file(self, filename: str, reason: str = "") -> int:
        """Withdraw one file (PEP 592): installers pass it over unless its version is pinned exactly."""
        return await self._run(files.yank(self._index, filename, reason))

    async def unyank_file(self, filename: str) -> int:
        """Offer one file again; it stays withdrawn as long as its release is."""
        return await self._run(files.unyank(self._index, filename))

    async def delete_file(self, filename: str) -> int:
        """Delete one file; its name can never be used again."""
        return await self._run(files.delete(self._index, filename))

    async def create_token(
        self, description: str, scope: TokenScope | None = None, expires: datetime | None = None
    ) -> NewToken:
        """
        Make a token for the caller; its secret is told this once.

        Raises:
            AccessRefused: The caller's own token is narrowed.
        """
        return await self._run(accounts.create_token(self._index, description, scope, expires))

    async def exchange_password(
        self,
        username: str,
        password: str,
        description: str,
        scope: TokenScope | None = None,
        expires: datetime | None = None,
    ) -> NewToken:
        """
        Make a token for whoever knows the password: how a person logs in.

        Raises:
            CredentialsRefused: One of the two is wrong.
            TooManyRequests: They were wrong too often.
        """
        return await self._run(
            accounts.exchange_password(self._index, username, password, description, scope, expires)
        )

    async def change_password(
        self, username: str, password: str, new_password: str, *, revoke_tokens: bool = False
    ) -> int:
        """
        Change the password of an account by showing the old one; return how many tokens were revoked.

        Raises:
            CredentialsRefused: User name or password is wrong.
            InvalidRequest: The new password is too short.
            TooManyRequests: They were wrong too often.
        """
        return await self._run(
            accounts.change_password(
                self._index, username, password, new_password, revoke_tokens=revoke_tokens
            )
        )

    async def tokens(self) -> tuple[Token, ...]:
        """List the caller's tokens, without their secrets."""
        return await self._run(accounts.tokens(self._index))

    async def revoke_token(self, identifier: str) -> None:
        """Revoke one of the caller's tokens, also the one that the client uses."""
        await self._run(accounts.revoke_token(self._index, identifier))
