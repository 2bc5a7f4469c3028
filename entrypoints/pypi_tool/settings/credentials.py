"""Who is asking: the first of all the places where a token or a password may be."""

from __future__ import annotations

import contextlib
import io
import netrc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from pypi_api_client import PackageIndex
from pypi_api_client.errors import ClientError
from pypi_api_client.text_files import read_text, without_mark
from pypi_terminal.errors import UsageError
from pypi_terminal.questions import ask_secret
from pypi_tool.settings.index_choice import root_of
from pypi_tool.settings.kept_tokens import TOKEN_USER, read_tokens
from pypi_tool.settings.keyrings import may_have_keyring
from pypi_tool.settings.pypirc import read_pypirc

if TYPE_CHECKING:
    from pypi_tool.settings.global_options import GlobalOptions
    from pypi_tool.settings.index_choice import IndexChoice

_LONGEST = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A token, or a user name and a password; *source* says where they were found."""

    secret: str
    source: str
    username: str = TOKEN_USER

    @property
    def is_token(self) -> bool:
        """Return whether the secret is a token."""
        return self.username in {"", TOKEN_USER}

    @property
    def userinfo(self) -> str:
        """User name and secret as they stand in a URL."""
        return f"{quote(self.username, safe='')}:{quote(self.secret, safe='')}"


@dataclass(frozen=True, kw_only=True)
class FoundCredentials:
    """
    What was found for an index.

    Attributes:
        credentials: The first that belong to it; ``None`` where there are none.
        withheld: Says which credentials of the environment belong to another index, and how to name this one;
            empty where there are none, or others were found.
    """

    credentials: Credentials | None
    withheld: str = ""


def find_credentials(
    choice: IndexChoice, options: GlobalOptions, *, writes: bool, may_ask: bool
) -> FoundCredentials:
    """
    Return the credentials that belong to an index.

    Options go before the environment, that before the configuration, what twine reads in the
    environment, ``.pypirc``, the keyring, ``.netrc`` and, where *may_ask*, a person.  *writes* says that the
    command changes the index that ``--index`` names, which then may be the one that the environment means.

    Raises:
        UsageError: One of these places is damaged, or all that is there for a command that *writes* belongs
            to another index.
    """
    environment = _Environment(choice, options, writes=writes)
    places: tuple[Callable[[], Credentials | None], ...] = (
        lambda: _from_option(options),
        lambda: _from_url(choice),
        lambda: environment.password_of("PYPI"),
        lambda: _from_configuration(choice),
        lambda: environment.password_of("TWINE"),
        lambda: _from_pypirc(choice),
        lambda: from_keyring(choice.root, _username(choice, options)),
        lambda: _from_netrc(choice),
    )
    found = next((found for place in places if (found := place())), None)
    if found is None and environment.withheld:
        if writes:
            raise UsageError(environment.withheld)
        return FoundCredentials(credentials=None, withheld=environment.withheld)
    return FoundCredentials(credentials=found or (_asked(choice) if may_ask else None))


def userinfo_of(credentials: Credentials | None) -> str:
    """Return user name and password as they stand in a URL; nothing for a token, which goes elsewhere."""
    return "" if credentials is None or credentials.is_token else credentials.userinfo


def url_with(url: str, credentials: Credentials | None) -> str:
    """Return *url* with user name and password in it, for a program that takes them in no other way."""
    if credentials is None:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{credentials.userinfo}@{parts.netloc.rpartition('@')[2]}"))


def _from_option(options: GlobalOptions) -> Credentials | None:
    if options.token_file is not None and options.token_from_env is not None:
        raise UsageError("--token-file and --token-from-env name two secrets: give one of them.")
    username = options.username or TOKEN_USER
    if options.token_from_env is not None:
        name = options.token_from_env
        secret = os.environ.get(name, "").strip()
        if not secret:
            raise UsageError(f"The environment variable {name} (from --token-from-env) has no token in it.")
        return Credentials(secret=secret, source=f"credentials from {name}", username=username)
    if options.token_file is None:
        return None
    return Credentials(
        secret=read_secret(options.token_file),
        source=f"credentials from {options.token_file}",
        username=username,
    )


def _from_url(choice: IndexChoice) -> Credentials | None:
    # A URL of the same index that is configured, or in the environment, may have what this one has not.
    configured = (choice.found.url, choice.settings.url, os.environ.get("PYPI_REPOSITORY", ""))
    for url in configured:
        with contextlib.suppress(ClientError):
            address = PackageIndex(url).address
            if address.root == choice.root and address.password:
                return Credentials(
                    secret=address.password,
                    username=address.username or TOKEN_USER,
                    source="credentials from its URL",
                )
    return None


class _Environment:
    """
    The credentials in environment variables, which belong to one index and are kept from any other.

    It is the index that ``PYPI_REPOSITORY`` names (of the variables of twine, ``TWINE_REPOSITORY_URL`` or
    ``TWINE_REPOSITORY``).  Where that is not set, it is the one that is meant without ``--index``, or that
    ``--index`` names for a command that *writes*.

    Attributes:
        withheld: Says what was kept back, and how to name the index.
    """

    def __init__(self, choice: IndexChoice, options: GlobalOptions, *, writes: bool) -> None:
        self.withheld = ""
        self._choice = choice
        self._options = options
        self._writes = writes

    def password_of(self, family: str) -> Credentials | None:
        """Return the token or password in the variables of a *family*, if it belongs to the index."""
        found = _token_variable() if family == "PYPI" else None
        found = found or _password(family, self._options)
        if found is None or self._belongs(family, found.source):
            return found
        return None

    def _belongs(self, family: str, source: str) -> bool:
        variables = ("PYPI_REPOSITORY",) if family == "PYPI" else ("TWINE_REPOSITORY_URL", "TWINE_REPOSITORY")
        named = next((each for each in variables if os.environ.get(each, "").strip()), None)
        secret = source.rpartition(" ")[2]
        root = self._choice.root
        if named is not None:
            owner = root_of(os.environ[named], named)
            if owner == root:
                return True
            why = f"belongs to the index that {named} names, {owner}, and is not sent to {root}"
        elif family == "TWINE" and self._choice.source == "PIP_INDEX_URL":
            # It is for the index that one uploads to; pip never sends it to the one that it reads.
            return False
        elif self._writes or self._choice.source != "--index":
            return True
        else:
            why = f"is not sent to {root}, which only --index names, by a command that reads"
        self.withheld = self.withheld or (
            f"The secret in {secret} {why}. If it is for that index, set PYPI_REPOSITORY to its URL, or give "
            f"--token-from-env {secret}."
        )
        return False


def _token_variable() -> Credentials | None:
    token = os.environ.get("PYPI_TOKEN", "").strip()
    return Credentials(secret=token, source="the token in PYPI_TOKEN") if token else None


def _password(family: str, options: GlobalOptions) -> Credentials | None:
    secret = os.environ.get(f"{family}_PASSWORD", "").strip()
    if not secret:
        return None
    username = options.username or os.environ.get(f"{family}_USERNAME", "").strip()
    return Credentials(
        secret=secret, username=username or TOKEN_USER, source=f"the password in {family}_PASSWORD"
    )


def _username(choice: IndexChoice, options: GlobalOptions) -> str:
    """Return whose password is looked for where several may be kept, or nothing."""
    ours, of_twine = (os.environ.get(f"{each}_USERNAME", "").strip() for each in ("PYPI", "TWINE"))
    return options.username or ours or choice.settings.username or of_twine


def _from_configuration(choice: IndexChoice) -> Credentials | None:
    username = choice.settings.username or TOKEN_USER
    if choice.settings.token_file:
        secret = read_secret(choice.settings.token_file)
        return Credentials(
            secret=secret, username=username, source=f"the token in {choice.settings.token_file}"
        )
    kept = read_tokens().get(choice.root)
    # Of one that the keyring has, only the id is in the file.
    if kept and kept.token:
        return Credentials(secret=kept.token, username=kept.username, source="the token that login kept")
    return None


def _from_pypirc(choice: IndexChoice) -> Credentials | None:
    for name, entry in read_pypirc().items():
        here = False
        with contextlib.suppress(ClientError):
            here = bool(entry.repository) and PackageIndex(entry.repository).root == choice.root
        if entry.password and (here or (name == choice.name and not entry.repository)):
            return Credentials(
                secret=entry.password,
                username=entry.username or TOKEN_USER,
                source=f"credentials from the section {name!r} of .pypirc",
            )
    return None


def from_keyring(root: str, username: str) -> Credentials | None:
    """Return what the keyring has for an index; a keyring that is not there, or locked, has nothing."""
    if not may_have_keyring():
        return None
    with contextlib.suppress(Exception):  # a backend may fail in ways of its own
        import keyring

        # Not every keyring can be asked without a name, and what login kept has one of its own.
        for name in (username or None, TOKEN_USER):
            found = keyring.get_credential(root, name)
            if found is not None and found.password:
                return Credentials(
                    secret=found.password, username=found.username or TOKEN_USER, source="the keyring"
                )
    return None


def _from_netrc(choice: IndexChoice) -> Credentials | None:
    path = Path(os.environ.get("NETRC") or "~/.netrc").expanduser()
    try:
        found = _Netrc(read_text(path), path).authenticators(urlsplit(choice.root).hostname or "")
    except FileNotFoundError:
        return None
    except (OSError, netrc.NetrcParseError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if found is None or not found[2]:
        return None
    return Credentials(secret=found[2], username=found[0] or TOKEN_USER, source=f"credentials from {path}")


class _Netrc(netrc.netrc):
    """A file of logins by machine, read from its text."""

    def __init__(self, text: str, path: Path) -> None:
        self.hosts, self.macros = {}, {}
        self._parse(str(path), io.StringIO(text), default_netrc=False)  # type: ignore[attr-defined]


def _asked(choice: IndexChoice) -> Credentials | None:
    token = ask_secret(f"Token for {choice.root}:").strip()
    return Credentials(secret=token, source="the token typed") if token else None


def read_secret(file: str) -> str:
    """
    Return the one word in *file*; ``-`` is standard input.

    Raises:
        UsageError: The file cannot be read, or has something else in it.
    """
    try:
        if file == "-":
            text = sys.stdin.read(_LONGEST)
        else:
            with Path(file).expanduser().open(encoding="utf-8") as stream:
                text = stream.read(_LONGEST)
    except OSError as error:
        raise UsageError(f"The token file {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The token file {file} is not a text file.") from error
    secret = without_mark(text).strip()
    if not secret or len(secret.split()) > 1:
        raise UsageError(f"The token file {file} must contain one token and nothing else.")
    return secret
