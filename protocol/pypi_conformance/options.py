"""What to examine, and how."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

import msgspec

from pypi_conformance.registry import Level

TOKEN_VARIABLE = "PYPI_CONFORMANCE_TOKEN"
USERNAME_VARIABLE = "PYPI_CONFORMANCE_USERNAME"
PASSWORD_VARIABLE = "PYPI_CONFORMANCE_PASSWORD"

ADMIN_VARIABLE = "PYPI_CONFORMANCE_ADMIN_TOKEN"
OTHER_VARIABLE = "PYPI_CONFORMANCE_OTHER_TOKEN"
_WRITING = {
    Level.LEGACY_UPLOAD, Level.UPLOAD_SESSIONS, Level.DOCUMENTATION, Level.TOKENS, Level.PROJECTS,
    Level.PERMISSIONS,
}  # fmt: skip


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the command line says.

    Paths and URLs are resolved against ``url``; an empty ``password`` means that nothing is
    written and nobody logs in.
    """

    url: str
    levels: tuple[Level, ...] = tuple(Level)
    required: tuple[Level, ...] = ()
    project: str = ""
    username: str = ""
    password: str = ""
    admin_token: str = ""
    other_token: str = ""
    ca_bundle: str = ""
    simple_path: str = "simple/"
    upload_url: str = "legacy/"
    rpc_url: str = "rpc"
    xmlrpc_url: str = ""
    json: bool = False

    @property
    def writes(self) -> bool:
        """Return whether distributions will be published."""
        return bool(self.password) and not _WRITING.isdisjoint(self.levels)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m pypi_conformance",
        description="Check a package index against the standards, and print what it does.",
        epilog="Exit codes: 0 no claim failed, 1 a claim failed or a required level is not offered, "
        "2 the command line is wrong or there is no index.",
    )
    add = parser.add_argument
    add("url", help="root of the index, such as https://index.example/")
    levels = [each.value for each in Level]
    add(
        "--level", action="append", choices=levels, metavar="LEVEL", help="check this level alone; repeatable"
    )
    add("--require", action="append", choices=levels, metavar="LEVEL", help="fail if it is not offered")
    add("--project", default="", help="a project with files, to read; otherwise one is looked for")
    add("--token", help=f"an API token: then small distributions are published; ${TOKEN_VARIABLE} too")
    add("--username", help=f"instead of a token, with --password; ${USERNAME_VARIABLE} too")
    add("--password", help=f"${PASSWORD_VARIABLE} too")
    add(
        "--admin-token",
        default="",
        help=f"of an administrator, where --token is not one: to put a project into quarantine; "
        f"${ADMIN_VARIABLE} too",
    )
    add(
        "--other-token",
        default="",
        help=f"of another account without any rights: to see what it may not do; ${OTHER_VARIABLE} too",
    )
    add("--ca-bundle", default="", metavar="FILE", help="certificates to trust instead of the system's")
    add(
        "--simple-path",
        default="simple/",
        metavar="PATH",
        help="where the Simple API is; simple/ unless given",
    )
    add("--upload-url", default="legacy/", metavar="URL", help="where uploads go; legacy/ unless given")
    add("--rpc-url", default="rpc", metavar="URL", help="where JSON-RPC is; rpc unless given")
    add("--xmlrpc-url", default="", metavar="URL", help="where XML-RPC is; pypi or RPC2 unless given")
    add("--json", action="store_true", help="print the report as JSON")
    return parser


def read_options(arguments: Sequence[str] | None, environment: Mapping[str, str] = os.environ) -> Options:
    """
    Read the command line, and credentials also from the environment.

    Raises:
        SystemExit: With 2, and a sentence on standard error: it is wrong.
    """
    parser = build_parser()
    given = parser.parse_args(arguments)
    if given.token and (given.username or given.password):
        parser.error("--token is instead of --username and --password: give one of them")
    username, password = _credentials(given, environment)
    if bool(username) != bool(password):
        parser.error("--username and --password go together")
    required = tuple(Level(each) for each in given.require or ())
    levels = tuple(Level(each) for each in given.level or Level)
    if strangers := [each for each in required if each not in levels]:
        parser.error(f"--require {strangers[0]} is not among the levels that --level chooses")
    return Options(
        url=given.url,
        levels=levels,
        required=required,
        project=given.project,
        username=username,
        password=password,
        admin_token=given.admin_token or environment.get(ADMIN_VARIABLE, ""),
        other_token=given.other_token or environment.get(OTHER_VARIABLE, ""),
        ca_bundle=given.ca_bundle,
        simple_path=given.simple_path.strip("/") + "/",
        upload_url=given.upload_url,
        rpc_url=given.rpc_url,
        xmlrpc_url=given.xmlrpc_url,
        json=given.json,
    )


def _credentials(given: argparse.Namespace, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return what stands on the command line, else in the environment; there a token is preferred."""
    token = given.token or ("" if given.password else environment.get(TOKEN_VARIABLE, ""))
    if token.strip():
        return "__token__", token.strip()
    username = given.username or environment.get(USERNAME_VARIABLE, "")
    return username, given.password or environment.get(PASSWORD_VARIABLE, "")
