"""``pypi-cli`` over https, as somebody who is logged in."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from certificates import Certificates
from external_setup import SetUp, embedded
from pypi_api_client import Client as ApiClient
from pypi_contracts.builders import BuiltDistribution, build_sdist, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_distribution_cache import DistributionCache
from running_server import SCRIPTS, RunningServer, clean_environment
from terminals import Terminal


class SecureServer(RunningServer):
    """
    A server that speaks https alone, with a certificate of a private authority.

    Its index has the project Hello.Index, which no test changes, and the account ada, who owns nothing.
    """

    def __init__(self, folder: Path, set_up: SetUp = embedded) -> None:
        self.certificates = Certificates(folder)
        super().__init__(
            folder / "data",
            "--tls-certificate", str(self.certificates.chain), "--tls-key", str(self.certificates.key),
            authority=self.certificates.authority,
            set_up=set_up(folder / "data"),
        )  # fmt: skip
        self.api = ApiClient(self.url, token=self.token, ca_bundle=self.certificates.authority)

    def fill(self) -> None:
        """Publish the project and create the account."""
        for version in ("1.0", "1.1"):
            self.publish(
                *(build("Hello.Index", version, summary="Says hello") for build in (build_wheel, build_sdist))
            )
        create = [sys.executable, "-m", "pypi_app.server_command", "users", "create", "ada"]
        subprocess.run(
            [*create, *self.of_operator],
            input="a long password\n",
            text=True,
            check=True,
            capture_output=True,
            env=clean_environment(self.data.parent),
        )

    def publish(self, *distributions: BuiltDistribution) -> None:
        """Publish the files of one release."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / each.filename for each in distributions]
            for path, each in zip(paths, distributions, strict=True):
                path.write_bytes(each.content)
            self.api.upload_release(paths)

    def stop(self) -> int:
        """End it as an operator would and return its exit code."""
        self.api.close()
        return super().stop()


class Arranged(dict[str, str]):
    """
    What stands in braces in a command line: made when it is asked for first, and then the same.

    What it makes, in *folder* or on the index, belongs to one test alone.
    """

    def __init__(self, server: SecureServer, folder: Path) -> None:
        super().__init__(url=server.url, folder=str(folder), owner=server.token)
        self._server = server
        self._folder = folder

    def __missing__(self, key: str) -> str:
        makers: Mapping[str, Callable[[], str]] = {
            "name": lambda: f"sample-{uuid.uuid4().hex[:12]}",
            "project": self._project,
            "file": lambda: self._wheel(self["name"]).filename,
            "wheel": lambda: self._saved(self._wheel(self["name"])),
            "described": self._described,
            "cache": self._cache,
            "changed": lambda: self._saved(build_wheel(self["project"], summary="Says something else")),
            "hidden": self._hidden,
            "documented": self._documented,
            "shared": self._shared,
            "token": lambda: self._server.api.create_token("for a test").token.id,
            "stranger": lambda: self._text("stranger", "nobody-has-this-token"),
            "html": self._html,
            "damaged": lambda: self._text("configuration/config.toml", "index = 1"),
        }
        self[key] = makers[key]()
        return self[key]

    def _wheel(self, name: str) -> BuiltDistribution:
        return build_wheel(name, summary="Made for a test")

    def _cache(self) -> str:
        folder = self._folder / "cache"
        with DistributionCache.create(folder).changing() as change:
            change.take(Path(self["wheel"]))
        return str(folder)

    def _described(self) -> str:
        """Name a wheel, of which the index has only the project."""
        self._server.api.create_project(self["name"])
        return self["wheel"]

    def _project(self) -> str:
        self._server.publish(self._wheel(self["name"]))
        return self["name"]

    def _hidden(self) -> str:
        self._server.api.yank_release(self["project"], "1.0")
        return self["project"]

    def _documented(self) -> str:
        path = self._folder / "docs.zip"
        path.write_bytes(build_documentation())
        self._server.api.upload_documentation(self["project"], "1.0", path)
        return self["project"]

    def _shared(self) -> str:
        self._server.api.add_role(self["project"], "ada", "Maintainer")
        return self["project"]

    def _saved(self, distribution: BuiltDistribution) -> str:
        path = self._folder / distribution.filename
        path.write_bytes(distribution.content)
        return str(path)

    def _text(self, name: str, text: str) -> str:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return str(path)

    def _html(self) -> str:
        self._text("html/index.html", "<!doctype html><title>Documentation</title>")
        return str(self._folder / "html")


class PypiCli:
    """Runs ``pypi-cli`` in a process of its own, as somebody who is logged in to a secure server."""

    def __init__(self, server: SecureServer, folder: Path) -> None:
        self.arranged = Arranged(server, folder)
        self._folder = folder
        configuration = folder / "configuration"
        configuration.mkdir()
        (configuration / "config.toml").write_text(f'index = "work"\n[indexes.work]\nurl = "{server.url}"\n')
        tokens = configuration / "tokens.json"
        tokens.touch(mode=0o600)
        tokens.write_text(json.dumps({server.url: {"token": server.token}}))
        self._environment = clean_environment(folder) | {
            "PYPI_CLI_CONFIG": str(configuration),
            "PYPI_CA_BUNDLE": str(server.certificates.authority),
        }

    def run(
        self,
        line: str,
        typed: Mapping[str, str] | None = None,
        *,
        goes_on: bool = False,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """
        Run a command line and return what it printed.

        With *typed*, which maps questions to answers, standard input and error are a terminal.  What
        *goes_on* is interrupted when it has begun to print.
        """
        words = [str(SCRIPTS / "pypi-cli"), *(each.format_map(self.arranged) for each in shlex.split(line))]
        known = self._environment | environment
        if typed is not None:
            answers = {each: typed[each].format_map(self.arranged) for each in typed}
            return self._answered(words, known, answers)
        with subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=known,
        ) as process:
            begun = ""
            if goes_on and process.stdout:
                begun = process.stdout.readline()
                process.send_signal(signal.SIGINT)
                begun += process.stdout.read()
            printed, said = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, begun + printed, said)

    def _answered(
        self, words: list[str], environment: Mapping[str, str], answers: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run it on a terminal, but for standard output, and answer its questions in their order."""
        printed = self._folder / "printed"
        with Terminal(words, environment, self._folder, out=printed) as terminal:
            for question, answer in answers.items():
                terminal.answer(question, answer)
            code = terminal.end()
        return subprocess.CompletedProcess(words, code, printed.read_text(), terminal.shown)
