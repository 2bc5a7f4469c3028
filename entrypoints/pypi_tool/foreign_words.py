"""Words that people know from other tools, which mean nothing here, and what to type instead."""

from __future__ import annotations

from collections.abc import Mapping

_SECRET = (
    "A password or token is never given on the command line, where other users could see it: use "
    "pypi-cli login, --token-file FILE or PYPI_TOKEN."
)
_ONE_INDEX = "One index is asked at a time: name it with --index."
_SIGNATURE = (
    "Signatures are not published. Sign with another tool, and send what it wrote with --attestations."
)
_LIST = (
    "Say what to list: pypi-cli versions PROJECT, files PROJECT, role list PROJECT, docs list PROJECT, token "
    "list or index list."
)
_REMOVE = "To delete a release or a file, use pypi-cli delete; to yank it, pypi-cli yank."

FOREIGN_WORDS: Mapping[str, str] = {
    "add": "To fetch files, use pypi-cli download; to put them into a cache, pypi-cli cache add.",
    "auth": "To log in, use pypi-cli login; to see who you are, pypi-cli whoami.",
    "browse": "To open a project's page in a browser, use pypi-cli open.",
    "build": "To build, use python -m build; to publish what it made, pypi-cli upload dist/*.",
    "deprecate": "To deprecate a project, use pypi-cli project status PROJECT deprecated.",
    "install": "To install, use pip: pypi-cli info PROJECT shows the command for it. To fetch files, use "
    "pypi-cli download.",
    "list": _LIST,
    "ls": _LIST,
    "owner": "To list, grant and revoke roles in a project, use pypi-cli role.",
    "push": "To publish files, use pypi-cli upload.",
    "remove": _REMOVE,
    "rm": _REMOVE,
    "uninstall": "To uninstall, use pip.",
    "unpublish": _REMOVE,
    "-p": _SECRET,
    "--password": _SECRET,
    "--token": _SECRET,
    "-t": _SECRET,
    "-s": _SIGNATURE,
    "--sign": _SIGNATURE,
    "--identity": _SIGNATURE,
    "--comment": "Comments are not published: leave it out.",
    "--config-file": "Name the folder of the configuration in PYPI_CLI_CONFIG.",
    "--disable-progress-bar": "Use --quiet.",
    "--extra-index-url": _ONE_INDEX,
    "--check-url": _ONE_INDEX,
    "-f": _ONE_INDEX,
    "--find-links": _ONE_INDEX,
    "--force": "A published file is never replaced: use a new version. --yes answers questions.",
    "--no-color": "Use --color never.",
    "--undo": "Use pypi-cli unyank.",
    "--upgrade": "The newest version that fits is always taken.",
}
