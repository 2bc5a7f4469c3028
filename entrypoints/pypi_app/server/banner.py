"""What `serve` tells the person who started it: lines to copy and paste."""

from __future__ import annotations

import sys
from pathlib import Path

from pypi_app.server.set_up import FirstOwner


def print_banner(owner: FirstOwner | None, base_url: str, token_file: Path) -> None:
    """Print what the first start created, if this is it, and how to use the index at *base_url*."""
    if owner is not None:
        # Elsewhere than on a terminal it is kept: in a journal, a log file, the output of a CI job.
        text = first_owner_text(owner) if sys.stdout.isatty() else first_owner_files_text(owner)
        print(text, flush=True)
    print(usage_text(base_url, token_file), flush=True)


def first_owner_text(owner: FirstOwner) -> str:
    """Return what is shown once, after the first start."""
    return f"""
  A first account was created; this is shown once:

    user name   {owner.username}
    password    {owner.password}
                (kept in {owner.password_file}, readable by you alone)
    token       {owner.token}
                (kept in {owner.token_file}, readable by you alone)
"""


def first_owner_files_text(owner: FirstOwner) -> str:
    """Return what is printed where it is kept: which files have the secrets."""
    return f"""
  A first account was created; its secrets are in files readable by the server's user alone:

    user name   {owner.username}
    password    in {owner.password_file}
    token       in {owner.token_file}
"""


def usage_text(base_url: str, token_file: Path) -> str:
    """Return how to publish to and install from the index at *base_url* (with ``/`` at its end)."""
    token = f'"$(cat {token_file})"'
    return f"""
  The package index is at {base_url}

  Install    pip install --index-url {base_url}simple/ PACKAGE
             uv pip install --index-url {base_url}simple/ PACKAGE

  Publish    twine upload --repository-url {base_url}legacy/ -u __token__ -p {token} dist/*
             uv publish --publish-url {base_url}legacy/ --token {token} dist/*
             pypi-cli --index {base_url} upload --token-file {token_file} dist/*

  To try things out use {base_url}i/test/ in place of {base_url}

  Press Ctrl+C to stop.
"""
