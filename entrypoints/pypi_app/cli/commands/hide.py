"""``pypi-cli hide`` and ``unhide``, which others call yank."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode
from pypi_app.cli.requirements import parse_one_version


def hide(
    release: str,
    filename: str | None = None,
    /,
    *,
    reason: Annotated[str, Parameter(show_default=False)] = "",
    context: Surroundings,
) -> int:
    """
    Withdraw a release, or one file of it: installers pass it over unless it is pinned exactly (PEP 592).

    ```
    pypi-cli hide hello-index==1.0 --reason "breaks on 3.14"
    pypi-cli hide hello-index==1.0 hello_index-1.0.tar.gz
    ```

    Parameters
    ----------
    release
        PROJECT==VERSION.
    filename
        One file of it; all of the release unless given.
    reason
        Why, in one line.
    """
    from pypi_app.cli.results import Changed

    name, version = parse_one_version(release)
    with context.client(asking=True) as client:
        if filename is None:
            serial = client.yank_release(name, version, reason)
        else:
            serial = client.yank_file(filename, reason)
    context.output.result(Changed(serial=serial), [f"{filename or release}: hidden"])
    return ExitCode.DONE


def unhide(release: str, filename: str | None = None, /, *, context: Surroundings) -> int:
    """
    Offer a release, or one file of it, again.

    ```
    pypi-cli unhide hello-index==1.0
    ```

    Parameters
    ----------
    release
        PROJECT==VERSION.
    filename
        One file of it; the release unless given.
    """
    from pypi_app.cli.results import Changed

    name, version = parse_one_version(release)
    with context.client(asking=True) as client:
        serial = client.unyank_file(filename) if filename else client.unyank_release(name, version)
    context.output.result(Changed(serial=serial), [f"{filename or release}: offered again"])
    return ExitCode.DONE
