"""Where settings come from: a file, the environment, the command line; and what to say of bad ones."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from pypi_app.settings import LocalBlobsFirst, S3BlobsFirst, Settings, SettingsError
from pypi_core.errors import shown

_PREFIX = "PYPI_"
# Kubernetes sets PYPI_PORT=tcp://10.0.0.1:80 for a service that is named "pypi".
_SERVICE_ADDRESS = re.compile(r"(?:tcp|udp|sctp)://")
_LONGEST_FILE = 1000
"""Up to this many lines a settings file is searched for the line of a bad setting."""

_SAID = re.compile(r"(?P<problem>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?\Z", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.+)`\Z")
_MISSING = re.compile(r"Object missing required field `(?P<name>.+)`\Z")
_EXPECTED = re.compile(r"Expected `(?P<kind>\w+)(?: \| null)?`, got `\w+`\Z")
_WRONG = re.compile(r"Invalid (?:enum )?value (?P<value>.+)\Z")
_KINDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "array": "a list",
    "object": "a table",
}
_SECRET: Final = frozenset(
    {("database",), ("database_replica",), ("search", "url"), ("search", "password")}
    | {(*store, key) for store in (("blobs",), ("blobs", "fallback")) for key in ("access_key", "secret_key")}
)
"""Settings whose values no message shows."""

SettingPath = tuple[str, ...]
"""The names that lead to a setting, such as ``("blobs", "folder")``."""


class SettingsSources:
    """
    All places that settings come from, the later over the earlier: *file*, *environment*, *options*.

    Args:
        file: A TOML file, if there is one.
        options: What the command line gives; ``None`` counts as not given.
        environment: Environment variables, of which those that name a setting are read.

    Raises:
        SettingsError: *file* cannot be read or is not TOML.
    """

    def __init__(
        self, file: Path | None, options: Mapping[str, object], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._file = file
        self._text = "" if file is None else _read(file)
        self._options = {name: value for name, value in options.items() if value is not None}
        self._environment = {
            variable: text for variable, text in sorted(environment.items()) if _path_of_variable(variable)
        }
        foreign = [name for name, text in self._environment.items() if _is_of_a_service(name, text)]
        for each in foreign:
            del self._environment[each]
        self.foreign_warning = (
            f"{', '.join(foreign)} holds the address of a service, not a setting, and is ignored. "
            "Set the port with --port or in the settings file."
            if foreign
            else None
        )
        """What to say of variables that a cluster set for a service and that are named like a setting."""

    def load(self) -> Settings:
        """
        Return the settings.

        Raises:
            SettingsError: One is unknown or has no acceptable value; the message says which one and where it
                stands.
        """
        values = self._values()
        try:
            return msgspec.convert(values, Settings, strict=False)
        except msgspec.ValidationError as error:
            raise SettingsError(self._message(str(error), values)) from error

    def message_of(self, error: SettingsError) -> str:
        """Return what is wrong with the setting that *error* names, and where it stands."""
        return self._located((error.setting,), str(error))

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = tomllib.loads(self._text)
        for variable, text in self._environment.items():
            path = _path_of_variable(variable)
            value: object = text.split(",") if path == ("trusted_proxies",) else text
            for part in reversed(path):
                value = {part: value}
            _merge(values, value)
        _merge(values, self._options)
        for each in msgspec.structs.fields(Settings):
            table = values.get(each.name)
            if isinstance(table, dict) and (tag := _tag_of(each.default)):
                # A table without a kind is of the default one.
                table.setdefault("kind", tag)
        return values

    def _message(self, said: str, values: dict[str, Any]) -> str:
        match = _SAID.match(said)
        problem, at = (match["problem"], match["path"]) if match else (said, None)
        path = tuple(re.sub(r"\[.*?\]", "", at or "").split(".")) if at else ()
        if missing := _MISSING.match(problem):
            return self._located((*path, missing["name"]), "it has to be set")
        if unknown := _UNKNOWN.match(problem):
            return self._located((*path, unknown["name"]), "there is no such setting")
        if expected := _EXPECTED.match(problem):
            given = "" if path in _SECRET else f", not {shown(str(_value_at(values, path)))}"
            return self._located(path, f"{_KINDS.get(expected['kind'], expected['kind'])} is expected{given}")
        if wrong := _WRONG.match(problem):
            problem = f"{wrong['value']} is not among the values that it can have"
        if not path or isinstance(_value_at(values, path), dict):
            path = (*path, *self._named_in(problem, path)[:1])
        return self._located(path, problem)

    def _named_in(self, problem: str, above: SettingPath) -> list[str]:
        """Return the settings that *problem* mentions, those that are given first."""
        words = re.findall(r"[a-z_]+", problem)
        named = [each for each in dict.fromkeys(words) if _is_setting((*above, each))]
        return sorted(named, key=lambda each: self._origin((*above, each)) is None)

    def _located(self, path: SettingPath, problem: str) -> str:
        name = ".".join(path)
        origin = self._origin(path)
        where = f" ({origin})" if origin else ""
        return f"Bad setting {name}{where}: {problem.rstrip('.')}."

    def _origin(self, path: SettingPath) -> str | None:
        """Return what set *path*, or a part of it, last."""
        if path and path[0] in self._options:
            return f"--{path[0].replace('_', '-')}"
        for length in range(len(path), 0, -1):
            for variable in self._environment:
                if _path_of_variable(variable)[:length] == path[:length]:
                    return variable
        line = _line_of(self._text, path)
        return None if line is None else f"{self._file}, line {line}"


def load_settings(
    file: Path | None,
    options: Mapping[str, object],
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """
    Read the settings from all their sources, see `SettingsSources`.

    Raises:
        SettingsError: A setting is unknown or has no acceptable value, or *file* cannot be read.
    """
    sources = SettingsSources(file, options, environment)
    return sources.load()


def load_store(file: Path) -> LocalBlobsFirst | S3BlobsFirst:
    """
    Read the table ``[blobs]`` of a settings file; nothing else counts.

    Raises:
        SettingsError: There is none, it has no acceptable value, or *file* cannot be read.
    """
    settings = SettingsSources(file, {}, {}).load()
    if "blobs" not in tomllib.loads(_read(file)):
        raise SettingsError(f"The settings file {file} has no table [blobs]: describe a store there.")
    return settings.blobs


def _read(file: Path) -> str:
    try:
        # Some editors put a byte order mark in front.
        text = file.read_text(encoding="utf-8-sig")
        tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"The settings file {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"The settings file {file} is not UTF-8: save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {file} is not valid TOML: {error}.") from error
    return text


def _path_of_variable(variable: str) -> SettingPath:
    """Return the path of the setting that *variable* names, empty if it names none."""
    if not variable.startswith(_PREFIX):
        return ()
    path = tuple(variable.removeprefix(_PREFIX).lower().split("__"))
    # Other programs, our own client among them, have variables of this prefix too.
    return path if path[0] in Settings.__struct_fields__ else ()


def _is_of_a_service(variable: str, text: str) -> bool:
    return variable.endswith("PORT") and _SERVICE_ADDRESS.match(text) is not None


def _is_setting(path: SettingPath) -> bool:
    kind: Any = Settings
    for part in path:
        # Of adapters one is chosen: the settings of all have a place.
        structs = [each for each in get_args(kind) or (kind,) if _is_struct(each)]
        fields = {each.name: each.type for struct in structs for each in msgspec.structs.fields(struct)}
        if part not in fields:
            return False
        kind = fields[part]
    return True


def _tag_of(default: object) -> object:
    return default.__struct_config__.tag if isinstance(default, msgspec.Struct) else None


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _value_at(values: object, path: SettingPath) -> object:
    for part in path:
        values = values.get(part) if isinstance(values, dict) else values
    return values


def _line_of(text: str, path: SettingPath) -> int | None:
    """Return the line of a TOML file at which the statement begins that sets *path*."""
    for line, values in _statements(text):
        if _has(values, path):
            return line
    return None


def _statements(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the line of each statement, and all that is set at its end."""
    lines = text.splitlines(keepends=True)
    begin = 0
    for end in range(1, min(len(lines), _LONGEST_FILE) + 1):
        try:
            values = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            # In the middle of a value that takes several lines.
            continue
        yield begin + 1, values
        begin = end


def _has(values: object, path: SettingPath) -> bool:
    for part in path:
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True


def _merge(into: dict[str, Any], more: object) -> None:
    if not isinstance(more, dict):
        return
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value
