"""A person publishes and another installs, each with the tools they have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pypi_contracts.builders import build_sdist, build_wheel

if TYPE_CHECKING:
    from running_server import RunningServer, StartServer
    from tool_client import Client

Save = Callable[..., list[Path]]


@pytest.fixture
def files(save: Save) -> list[Path]:
    return save(
        build_wheel(name="Journey.Sample", version="1.0", modules={"journey_sample.py": "answer = 42"}),
        build_sdist(name="Journey.Sample", version="1.0", modules={"journey_sample.py": "answer = 42"}),
    )


@pytest.mark.parametrize("worker", ["--worker", "--no-worker"])
@pytest.mark.parametrize("publish", ["twine_upload", "uv_publish"])
@pytest.mark.parametrize("install", ["pip_install", "uv_install"])
def test_a_published_file_installs_at_once(
    start_server: StartServer, client: Client, files: list[Path], worker: str, publish: str, install: str
) -> None:
    server = start_server(worker)
    # A page that was looked up before must not be remembered as missing.
    assert server.get("simple/journey-sample/").status_code == 404

    getattr(client, publish)(server, files)
    environment = client.new_environment("consumer")
    getattr(client, install)(server, environment, "journey-sample")

    consumer = client.using(environment)
    assert (
        consumer.run("python", "-c", "import journey_sample; print(journey_sample.answer)").stdout == "42\n"
    )


def test_an_sdist_is_built_and_installed(server: RunningServer, client: Client, files: list[Path]) -> None:
    client.twine_upload(server, files[1:])
    environment = client.new_environment("consumer")

    client.pip_install(server, environment, "--no-binary", ":all:", "journey-sample==1.0")

    assert list(environment.glob("lib/*/site-packages/journey_sample.py"))


def test_the_test_index_is_a_world_of_its_own(
    server: RunningServer, client: Client, files: list[Path]
) -> None:
    client.run(
        "twine", "upload", "--non-interactive", "--repository-url", f"{server.url}i/test/legacy/",
        "-u", "__token__", "-p", server.token, *files,
    )  # fmt: skip
    environment = client.new_environment("consumer")

    client.run(
        "uv", "pip", "install", "--no-cache", "--python", environment / "bin" / "python",
        "--index-url", f"{server.url}i/test/simple/", "journey-sample",
    )  # fmt: skip

    assert server.get("simple/journey-sample/").status_code == 404


def test_pip_resolves_by_the_metadata_beside_a_wheel(
    server: RunningServer, client: Client, save: Save
) -> None:
    client.twine_upload(
        server,
        save(
            build_wheel(name="depends", version="1.0", requires_dist=["needed>=2"]),
            build_wheel(name="needed", version="1.0"),
            build_wheel(name="needed", version="2.5"),
        ),
    )

    report = client.pip_install(
        server, client.new_environment("consumer"), "--dry-run", "--quiet", "--report", "-", "depends"
    )

    installed = {
        each["metadata"]["name"]: each["metadata"]["version"] for each in json.loads(report.stdout)["install"]
    }
    assert installed == {"depends": "1.0", "needed": "2.5"}


def test_a_yanked_release_is_skipped_unless_pinned(server: RunningServer, client: Client, save: Save) -> None:
    client.twine_upload(
        server, save(build_wheel(name="mixed", version="1.0"), build_wheel(name="mixed", version="2.0"))
    )
    client.operate(server, "project", "yank", "mixed", "2.0")

    latest = client.uv_install(server, client.new_environment("latest"), "mixed")
    pinned = client.uv_install(server, client.new_environment("pinned"), "mixed==2.0")

    assert "mixed==1.0" in latest.stderr
    assert "mixed==2.0" in pinned.stderr
