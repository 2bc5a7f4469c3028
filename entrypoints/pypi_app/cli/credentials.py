"""Who is asking: the first of all the places where a token or a password may be."""

from __future__ import annotations

import contextlib
import netrc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from pypi_app.cli.asking import ask_secret
from pypi_app.cli.failures import UsageError
from pypi_app.cli.kept_tokens import TOKEN_USER, read_tokens
from pypi_app.cli.pypirc import read_pypirc

if TYPE_CHECKING:
    from pypi_app.cli.global_options import GlobalOptions
    from pypi_app.cli.index_choice import IndexChoice

_LONGEST = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A token, or a user name and a password; *source* says where they were found."""

    secret: str
    source: str
    username: str = TOKEN_USER

    @property
    def is_token(self) -> bool:
        """Tell whether the secret is a token."""
        return self.username in {"", TOKEN_USER}


def find_credentials(choice: IndexChoice, options: GlobalOptions, *, may_ask: bool) -> Credentials | None:
    """
    Return the credentials for an index, ``None`` where there are none.

    Options go before the environment, that before the configuration, what twine reads in the
    environment, ``.pypirc``, the keyring, ``.netrc`` and, where *may_ask*, a person.

    Raises:
        UsageError: One of these places is damaged.
    """
    places: tuple[Callable[[], Credentials | None], ...] = (
        lambda: _from_option(options),
        lambda: _from_url(choice),
        lambda: _from_environment(options),
        lambda: _from_configuration(choice),
        lambda: _from_twine(choice, options),
        lambda: _from_pypirc(choice),
        lambda: from_keyring(choice.root, _username(choice, options)),
        lambda: _from_netrc(choice),
        lambda: _asked(choice) if may_ask else None,
    )
    return next((found for place in places if (found := place())), None)


def userinfo_of(credentials: Credentials | None) -> str:
    """Return user name and password as they stand in a URL; nothing for a token, which goes elsewhere."""
    if credentials is None or credentials.is_token:
        return ""
    return f"{quote(credentials.username, safe='')}:{quote(credentials.secret, safe='')}"


def url_with(url: str, credentials: Credentials | None) -> str:
    """Return *url* with user name and password in it, for a program that takes them in no other way."""
    if credentials is None:
        return url
    parts = urlsplit(url)
    userinfo = f"{quote(credentials.username, safe='')}:{quote(credentials.secret, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{userinfo}@{parts.netloc.rpartition('@')[2]}"))


def _from_option(options: GlobalOptions) -> Credentials | None:
    if options.token_file is None:
        return None
    return Credentials(
        secret=read_secret(options.token_file),
        source=f"credentials from {options.token_file}",
        username=options.username or TOKEN_USER,
    )


def _from_url(choice: IndexChoice) -> Credentials | None:
    address = choice.address
    if not address.password:
        return None
    return Credentials(
        secret=address.password, username=address.username or TOKEN_USER, source="credentials from its URL"
    )


def _from_environment(options: GlobalOptions) -> Credentials | None:
    if token := os.environ.get("PYPI_TOKEN", "").strip():
        return Credentials(secret=token, source="the token in PYPI_TOKEN")
    return _password("PYPI", options)


def _from_twine(choice: IndexChoice, options: GlobalOptions) -> Credentials | None:
    # They are for the index that one uploads to; pip never sends them to the one that it reads.
    return None if choice.source == "PIP_INDEX_URL" else _password("TWINE", options)


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
    if kept := read_tokens().get(choice.root):
        return Credentials(secret=kept.token, username=kept.username, source="the token that login kept")
    return None


def _from_pypirc(choice: IndexChoice) -> Credentials | None:
    for name, entry in read_pypirc().items():
        here = entry.repository.rstrip("/").removesuffix("/legacy") + "/" == choice.root
        if entry.password and (here or (name == choice.name and not entry.repository)):
            return Credentials(
                secret=entry.password,
                username=entry.username or TOKEN_USER,
                source=f"credentials from the section {name!r} of .pypirc",
            )
    return None


def from_keyring(root: str, username: str) -> Credentials | None:
    """Return what the keyring has for an index; a keyring that is not there, or locked, has nothing."""
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
        found = netrc.netrc(path).authenticators(urlsplit(choice.root).hostname or "")
    except FileNotFoundError:
        return None
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if found is None or not found[2]:
        return None
    return Credentials(secret=found[2], username=found[0] or TOKEN_USER, source=f"credentials from {path}")


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
        raise UsageError(f"The token file {file} is no text.") from error
    secret = text.strip()
    if not secret or len(secret.split()) > 1:
        raise UsageError(f"The token file {file} has to have one token in it and nothing else.")
    return secret
