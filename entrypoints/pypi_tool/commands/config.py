"""``pypi-cli config``: read and change the configuration file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pypi_api_client.text_files import read_text
from pypi_terminal.errors import UsageError
from pypi_terminal.exit_codes import ExitCode
from pypi_tool.context import CommandContext

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*@")


def list_settings(*, context: CommandContext) -> None:
    """
    List the settings in the configuration file; passwords in URLs are not shown.

    ```
    pypi-cli config list
    ```
    """
    from pypi_tool.results import Setting, Settings
    from pypi_tool.settings.configuration import read_configuration

    found = tuple(
        Setting(key=key, value=_PASSWORD.sub(r"\1***@", value)) for key, value in _flat(read_configuration())
    )
    context.output.result(Settings(settings=found), (f"{each.key} = {each.value}" for each in found))


def path(*, context: CommandContext) -> None:
    """
    Show where the configuration file is, or would be.

    ```
    pypi-cli config path
    ```
    """
    from pypi_tool.results import ConfigurationPath
    from pypi_tool.settings.configuration import configuration_file

    found = str(configuration_file())
    context.output.result(ConfigurationPath(path=found), [found])


def get(key: str, /, *, context: CommandContext) -> int:
    """
    Print one setting.

    ```
    pypi-cli config get index
    ```

    Parameters
    ----------
    key
        Such as index, color or indexes.NAME.url.
    """
    from pypi_tool.results import Setting
    from pypi_tool.settings.configuration import read_configuration

    value = dict(_flat(read_configuration())).get(key)
    if value is None:
        context.output.problem(f"The configuration has no setting {key!r}.")
        return ExitCode.NOT_FOUND
    context.output.result(Setting(key=key, value=value), verbatim=value)
    return ExitCode.DONE


def set_value(key: str, value: str, /, *, context: CommandContext) -> None:
    """
    Change one setting; everything else in the file, including comments, stays as it is.

    ```
    pypi-cli config set indexes.work.url https://index.example/
    pypi-cli config set index work
    ```

    Parameters
    ----------
    key
        index, color, or indexes.NAME.url, .username, .token_file, .ca_bundle.
    value
        The new value.
    """
    from pypi_tool.results import Setting

    document = _document()
    *tables, last = _parts(key)
    table: Any = document
    for each in tables:
        table = table.setdefault(each, {})
    table[last] = value
    _write(document)
    context.output.result(Setting(key=key, value=value))


def unset(key: str, /, *, context: CommandContext) -> int:
    """
    Remove one setting, or all of an index (indexes.NAME), from the configuration file.

    ```
    pypi-cli config unset indexes.work
    ```

    Parameters
    ----------
    key
        The setting.
    """
    from pypi_tool.results import Setting

    document = _document()
    *tables, last = _parts(key)
    table: Any = document
    for each in tables:
        table = table.get(each, {})
    if last not in table:
        context.output.problem(f"The configuration has no setting {key!r}.")
        return ExitCode.NOT_FOUND
    del table[last]
    _write(document)
    context.output.result(Setting(key=key, value=""))
    return ExitCode.DONE


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    import msgspec

    for key, each in msgspec.to_builtins(value).items():
        inner = f"{path}.{key}" if path else key
        if isinstance(each, dict):
            yield from _flat(each, inner)
        else:
            yield inner, str(each)


def _parts(key: str) -> list[str]:
    first, dot, rest = key.partition(".")
    if not dot:
        return [first]
    # The name of an index may have dots; that of a setting has none.
    name, dot, setting = rest.rpartition(".")
    return [first, name, setting] if dot else [first, rest]


def _document() -> TOMLDocument:
    import tomlkit

    from pypi_tool.settings.configuration import configuration_file, read_configuration

    read_configuration()  # a damaged file is mended by hand, not made worse
    path = configuration_file()
    return tomlkit.parse(read_text(path)) if path.exists() else tomlkit.document()


def _write(document: TOMLDocument) -> None:
    import msgspec
    import tomlkit

    from pypi_api_client.address import parse_address
    from pypi_api_client.errors import InvalidAddress
    from pypi_tool.settings.configuration import Configuration, write_configuration

    text = tomlkit.dumps(document)
    try:
        configuration = msgspec.toml.decode(text.encode(), type=Configuration)
        for each in configuration.indexes.values():
            parse_address(each.url)
    except (msgspec.MsgspecError, InvalidAddress) as error:
        problem = str(error).rstrip(".")
        raise UsageError(f"This would make the configuration wrong: {problem}.") from error
    write_configuration(text)
