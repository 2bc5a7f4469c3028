"""``pypi-cli completion``."""

from __future__ import annotations

from typing import Literal

from pypi_app.cli.context import Surroundings
from pypi_app.cli.exit_codes import ExitCode


def completion(shell: Literal["bash", "zsh", "fish"], /, *, context: Surroundings) -> int:
    """
    Print a script that completes commands and options in a shell.

    ```
    pypi-cli completion bash > ~/.local/share/bash-completion/completions/pypi-cli
    pypi-cli completion zsh > "${fpath[1]}/_pypi-cli"
    pypi-cli completion fish > ~/.config/fish/completions/pypi-cli.fish
    ```

    Parameters
    ----------
    shell
        The shell: bash, zsh or fish.
    """
    from pypi_app.cli.application import build_application
    from pypi_app.cli.results import CompletionScript
    from pypi_app.cli.running import launcher

    script = launcher(build_application(listing=True)).generate_completion(prog_name="pypi-cli", shell=shell)
    context.output.result(CompletionScript(shell=shell, script=script), verbatim=script.rstrip("\n"))
    return ExitCode.DONE
