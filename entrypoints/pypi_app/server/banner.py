"""What `serve` tells the person who started it: lines to copy and paste."""

from __future__ import annotations

from pathlib import Path

from pypi_app.server.set_up import FirstOwner


def print_banner(owner: FirstOwner | None, base_url: str, token_file: Path) -> None:
    """Print what the first start created, if this is it, and how to use the index at *base_url*."""
    if owner is not None:
        print(first_owner_text(owner), flush=True)
    print(usage_text(base_url, token_file), flush=True)


def first_owner_text(owner: FirstOwner) -> str:
    """Return what is shown once, after the first start."""
    return f"""
  A first account was created; this is shown once:

    user name   {owner.username}
    password    {owner.password}
    token       {owner.token}
                (kept in {owner.token_file}, readable by you alone)
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
