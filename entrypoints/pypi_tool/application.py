"""The table of all commands of ``pypi-cli``: names, functions, and what ``--json`` prints."""

from __future__ import annotations

import pypi_core
from pypi_terminal.program import Command, CommandGroup, Program, Section
from pypi_tool.foreign_words import FOREIGN_WORDS

_INTRODUCTION = """
Find, download and publish Python packages, and manage the projects of an index.

Name the index with --index: its URL, or a name from your configuration. PYPI_REPOSITORY in the environment,
or pypi-cli config set index, names it once and for all. The default is http://127.0.0.1:8080/, an index on
this machine. Any package index will do; a command says if the index does not offer what it needs.

pypi-cli login keeps a token for an index. Scripts give it with --token-file FILE (- reads standard input) or
in PYPI_TOKEN. A token is never given on the command line, where other users could see it. PYPI_TOKEN belongs
to the index that PYPI_REPOSITORY names or, without it, to the one that a command that writes names with
--index; --token-from-env NAME names a variable that belongs to this index. A token is sent to no other index.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage,
3 not found, 4 refused, 5 conflict, 6 network, 7 nothing matched, 8 not offered by this index.

```
pypi-cli search http client
pypi-cli upload dist/*
pypi-cli help upload
```
"""


def _command(
    name: str,
    function: str,
    result: str,
    *,
    other_names: tuple[str, ...] = (),
    hidden_names: tuple[str, ...] = (),
) -> Command:
    """Return a command by a function in our ``commands``; its result is ours too, or one of the client's."""
    kind = result if result.startswith("pypi_") else f"pypi_tool.{result}"
    return Command(name, f"pypi_tool.commands.{function}", kind, other_names, hidden_names)


_CHANGED = "pypi_protocol.records.parameters:Changed"

_FIND = (
    _command("search", "search:search", "results:Found"),
    _command("info", "info:info", "pypi_api_client.models:Project", other_names=("show", "view")),
    _command("versions", "versions:versions", "results:Versions"),
    _command("open", "open:open_page", "results:Address"),
    _command("files", "versions:files", "results:Files"),
    _command("stats", "stats:stats", "pypi_protocol.records.downloads:ProjectDownloads"),
    _command("download", "download:download", "results:DownloadedFiles"),
    CommandGroup(
        "cache",
        "Keep distributions in a folder that installers read without a network.",
        (
            _command("create", "cache.filling:create", "cache_results:FilledCache"),
            _command("add", "cache.filling:add", "cache_results:FilledCache"),
            _command("list", "cache.reading:list_files", "cache_results:CacheContent"),
            _command("search", "cache.reading:search", "cache_results:CacheContent"),
            _command("verify", "cache.reading:verify", "cache_results:VerifiedCache"),
            _command("remove", "cache.tidying:remove", "cache_results:TidiedCache"),
            _command("clean", "cache.tidying:clean", "cache_results:TidiedCache"),
            _command("serve", "cache.serving:serve", "cache_results:ServedCache"),
        ),
    ),
    _command("status", "status:status", "results:FileReports"),
    _command("changes", "changes:changes", "results:Changes"),
)
_PUBLISH = (
    _command("check", "check:check", "results:Checked"),
    _command("upload", "upload:upload", "results:Sent", other_names=("publish",)),
    _command("upload-metadata", "upload_metadata:upload_metadata", "results:DescribedRelease"),
    _command(
        "upload-docs", "upload_docs:upload_docs", "results:SentDocumentation", other_names=("docs upload",)
    ),
    CommandGroup(
        "docs",
        "List, publish and delete the documentation of releases.",
        (
            _command("list", "docs:list_docs", "pypi_api_client.models:ProjectDocumentation"),
            _command("delete", "docs:delete", _CHANGED),
        ),
    ),
)
_MANAGE = (
    CommandGroup(
        "project",
        "Create, archive and delete projects.",
        (
            _command(
                "create",
                "project:create",
                "pypi_protocol.records.projects:CreatedProject",
                hidden_names=("register",),
            ),
            _command("status", "project:status", "results:ProjectState"),
            _command("archive", "project:archive", "results:ProjectState"),
            _command("unarchive", "project:unarchive", "results:ProjectState"),
            _command("delete", "project:delete", _CHANGED),
        ),
    ),
    _command("yank", "yank:yank", _CHANGED, other_names=("hide",)),
    _command("unyank", "yank:unyank", _CHANGED, other_names=("unhide",)),
    _command("delete", "delete:delete", _CHANGED),
    CommandGroup(
        "role",
        "List, grant and revoke roles in projects.",
        # Roles as commands of their projects, the way they were called first.
        (
            _command("list", "role:list_roles", "results:Roles", hidden_names=("project roles",)),
            _command("grant", "role:grant", _CHANGED, hidden_names=("project add-role",)),
            _command("revoke", "role:revoke", _CHANGED, hidden_names=("project remove-role",)),
        ),
    ),
    CommandGroup(
        "token",
        "Create, list and revoke API tokens.",
        (
            _command("create", "token:create", "pypi_protocol.records.tokens:NewToken"),
            _command("list", "token:list_tokens", "pypi_protocol.records.tokens:TokenList"),
            _command("revoke", "token:revoke", "pypi_protocol.records.tokens:Revoked"),
        ),
    ),
)
_SET_UP = (
    _command("login", "login:login", "results:Login"),
    _command("logout", "login:logout", "results:Logout"),
    _command("password", "password:password", "results:ChangedPassword"),
    _command("whoami", "login:whoami", "pypi_protocol.records.accounts:Whoami"),
    CommandGroup(
        "index",
        "List the indexes that have names.",
        (_command("list", "index:list_indexes", "results:Indexes"),),
    ),
    CommandGroup(
        "config",
        "Read and change the configuration.",
        (
            _command("list", "config:list_settings", "results:Settings"),
            _command("path", "config:path", "results:ConfigurationPath"),
            _command("get", "config:get", "results:Setting"),
            _command("set", "config:set_value", "results:Setting"),
            _command("unset", "config:unset", "results:Setting"),
        ),
    ),
    _command("completion", "completion:completion", "results:CompletionScript"),
)

PROGRAM = Program(
    "pypi-cli",
    version=pypi_core.__version__,
    introduction=_INTRODUCTION,
    sections=(
        Section("Find and download", _FIND),
        Section("Publish", _PUBLISH),
        Section("Manage", _MANAGE),
        Section("Set up", _SET_UP),
    ),
    options="pypi_tool.settings.global_options:GlobalOptions",
    usual_options="--index and --json",
    runner="pypi_tool.running:run",
    foreign_words=FOREIGN_WORDS,
)
"""All that the pages of help, completion, the schema of results and the parser know of commands."""
