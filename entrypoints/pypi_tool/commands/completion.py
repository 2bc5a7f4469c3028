"""``pypi-cli completion``."""

from __future__ import annotations

from typing import Literal

from pypi_tool.context import CommandContext

# Each asks pypi-cli itself, so that it never grows old; where nothing follows, a file may.
_SCRIPTS = {
    "bash": r"""
_pypi_cli() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(pypi-cli complete-words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _pypi_cli pypi-cli
""",
    "zsh": r"""
#compdef pypi-cli
_pypi_cli() {
    local -a found
    found=("${(@f)$(pypi-cli complete-words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
if [[ "$funcstack[1]" == _pypi_cli ]]; then _pypi_cli "$@"; else compdef _pypi_cli pypi-cli; fi
""",
    "fish": r"""
function __pypi_cli_words
    set -l begun (commandline -ct)
    set -l found (pypi-cli complete-words -- (commandline -opc)[2..-1] "$begun" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$begun"
    end
end
complete -c pypi-cli -f -a '(__pypi_cli_words)'
""",
}


def completion(shell: Literal["bash", "zsh", "fish"], /, *, context: CommandContext) -> None:
    """
    Print a script that completes commands, options and names of indexes in a shell.

    The script asks pypi-cli what can follow, so it stays current when pypi-cli is updated.

    ```
    pypi-cli completion bash > ~/.local/share/bash-completion/completions/pypi-cli
    pypi-cli completion zsh > "${fpath[1]}/_pypi-cli"
    pypi-cli completion fish > ~/.config/fish/completions/pypi-cli.fish
    ```

    Parameters
    ----------
    shell
        The shell.
    """
    from pypi_tool.results import CompletionScript

    script = _SCRIPTS[shell].lstrip()
    context.output.result(CompletionScript(shell=shell, script=script), verbatim=script.rstrip("\n"))
