"""The commands that run: ``serve``, ``work``, ``migrate``."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pypi_app.server_command.context import CommandContext, open_database
from pypi_app.server_command.results import Migrated, Started

if TYPE_CHECKING:
    from pypi_app.server.serve import Announce
    from pypi_app.server.set_up import FirstOwner
    from pypi_app.server_command.options import CommonOptions
    from pypi_app.settings import Settings
    from pypi_terminal.output import Output

_Text = Annotated[str | None, Parameter(show_default=False)]
_Number = Annotated[int | None, Parameter(show_default=False)]
_Switch = Annotated[bool | None, Parameter(show_default=False)]


def serve(
    *,
    host: _Text = None,
    port: _Number = None,
    tls_certificate: _Text = None,
    tls_key: _Text = None,
    processes: _Number = None,
    worker: _Switch = None,
    access_log: _Switch = None,
    member: Annotated[Path | None, Parameter(show=False)] = None,
    listening: Annotated[str, Parameter(show=False)] = "",
    context: CommandContext,
) -> None:
    """
    Serve the index until Ctrl+C or SIGTERM.

    The first start creates what is missing: the database, the indexes `pypi` (at /) and
    `test` (at /i/test/), and an owner account, whose token and password are kept in
    DATA/owner-token and DATA/owner-password.

    ```
    pypi-server serve --host 0.0.0.0 --port 8080 --data /srv/index
    ```

    Parameters
    ----------
    host
        The address to listen on (default: 127.0.0.1, this machine only).
    port
        The port to listen on (default: 8080); 0 takes a free one.
    tls_certificate
        A file with the certificate chain (PEM): serve https.
    tls_key
        A file with the certificate's private key (PEM).
    processes
        How many processes serve (default: 1); SIGHUP replaces several of them without a pause.
    worker
        Run a worker beside the server (default); without one, run `pypi-server work`.
    access_log
        Log every request.
    """
    from pypi_app.container import assemble
    from pypi_app.logs import set_up_logs
    from pypi_app.server.banner import print_banner
    from pypi_app.server.serve import Commands, Membership, serve_as_member
    from pypi_app.server.serve import serve as run_server

    given = {
        "host": host,
        "port": port,
        "tls_certificate": tls_certificate,
        "tls_key": tls_key,
        "processes": processes,
        "worker": worker,
        "access_log": access_log,
    }
    # The parent has warned already.
    settings = context.load_settings(warns=member is None, **given)
    set_up_logs()
    container = assemble(settings)
    if member is not None:
        sockets = tuple(int(each) for each in listening.split(","))
        with open_database(container):
            serve_as_member(settings, container, Membership(folder=member, sockets=sockets))
        return
    common = _arguments(context.options)
    commands = Commands(
        worker=(*_PROGRAM, "work", "--until-input-closes", *common),
        migrate=(*_PROGRAM, "migrate", *common),
        member=(*_PROGRAM, "serve", *common, *_as_options(given)),
    )
    announce = _announce_as_json(context.output, settings) if context.output.is_json else print_banner
    with open_database(container):
        run_server(settings, container, commands, announce)


def work(
    *, until_input_closes: Annotated[bool, Parameter(show=False)] = False, context: CommandContext
) -> None:
    """
    Do the work that uploads leave behind: index for search, render pages ahead, sweep.

    `serve` runs one by itself.  Several may run at once, on several machines.
    """
    import signal

    from pypi_app.logs import set_up_logs
    from pypi_app.worker import work as run_worker

    set_up_logs()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    # With a parent, Ctrl+C reaches both: the parent decides when the worker stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN if until_input_closes else lambda _signal, _frame: stop.set())
    if until_input_closes:
        threading.Thread(target=_set_at_end_of_input, args=(stop,), daemon=True).start()
    # The parent has warned already.
    with context.container(warns=not until_input_closes) as container:
        database = container.database()
        hear = database.notifications.wait if database.notifications else None
        run_worker(container.site(), database.change_signal, stop, hear)


def migrate(*, set_up: Annotated[bool, Parameter(negative=())] = False, context: CommandContext) -> None:
    """
    Create the data folder and the database's tables, or bring them up to date.

    Running it again does no harm.

    Parameters
    ----------
    set_up
        Also create the indexes and the owner account if there are none, as the first start of
        `serve` does: for servers that have no folder of their own to keep the owner's secrets in.
    """
    from pypi_app.server.set_up import set_up as set_up_index

    lines = ["The database is up to date."]
    with context.container(creates=True) as container:
        if set_up:
            settings = container.settings()
            owner = set_up_index(container.site(), container.database(), settings.data_folder)
            if owner is not None:
                lines.append(
                    f"The first account is {owner.username}. Its password is in {owner.password_file}, "
                    f"its token in {owner.token_file}."
                )
        context.output.result(Migrated(current=True), lines)


def _announce_as_json(output: Output, settings: Settings) -> Announce:
    def announce(owner: FirstOwner | None, url: str, token_file: Path) -> None:
        started = Started(
            url=url, data=str(settings.data_folder), token_file=str(token_file), first_start=owner is not None
        )
        output.result(started)

    return announce


_PROGRAM = ("-m", "pypi_app.server_command")


def _arguments(options: CommonOptions) -> list[str]:
    """Return what the command line said beside a command's own options."""
    return _as_options({"settings": options.settings, "data": options.data, "database": options.database})


def _as_options(given: Mapping[str, object]) -> list[str]:
    """Return options as they are written on a command line."""
    texts: list[str] = []
    for name, value in given.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            texts.append(f"--{'' if value else 'no-'}{option}")
        elif value is not None:
            texts += [f"--{option}", str(value)]
    return texts


def _set_at_end_of_input(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()
