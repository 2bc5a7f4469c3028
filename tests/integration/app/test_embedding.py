"""The programs of ``docs/how-to/embed-the-core.md`` and of the README, run as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pypi_app.container import assemble
from pypi_app.embedding import open_local_index
from pypi_app.settings import Settings
from pypi_contracts.builders import BuiltDistribution, build_wheel
from pypi_contracts.documentation import build_documentation
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.distributions import describe_upload
from pypi_core.domain.documentation import Alias
from pypi_core.domain.names import NormalizedName
from pypi_core.index import Index
from pypi_core.ports.search import SearchQuery
from tool_client import Client

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "how-to" / "embed-the-core.md"
README = ROOT / "README.md"


def programs() -> dict[str, str]:
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)


@pytest.fixture
def wheel() -> BuiltDistribution:
    return build_wheel(name="embedded-sample", version="1.0")


@pytest.fixture
def wheel_path(tmp_path: Path, wheel: BuiltDistribution) -> Path:
    path = tmp_path / wheel.filename
    path.write_bytes(wheel.content)
    return path


def save(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(programs()[name], encoding="utf-8")
    return path


def run(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(program), *map(str, arguments)], capture_output=True, text=True, check=True
    )


def test_the_shortest_program_has_at_most_30_lines() -> None:
    assert len(programs()["publish.py"].strip().splitlines()) <= 30


def test_a_script_publishes_and_prints_the_page(
    tmp_path: Path, wheel_path: Path, wheel: BuiltDistribution
) -> None:
    program = save(tmp_path, "publish.py")

    first = run(program, tmp_path / "data", wheel_path)
    again = run(program, tmp_path / "data", wheel_path)

    assert first.stderr.strip() == "published"
    assert again.stderr.strip() == "was there already"
    assert f"{wheel.filename}#sha256={wheel.sha256}" in first.stdout
    assert again.stdout == first.stdout


@pytest.fixture
def service(tmp_path: Path, wheel_path: Path) -> Iterator[str]:
    """Publish a wheel by one program, serve it by another, and return the URL of its Simple API."""
    run(save(tmp_path, "publish.py"), tmp_path / "data", wheel_path)
    command = [sys.executable, str(save(tmp_path, "service.py")), str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def test_another_web_service_serves_what_a_script_published(service: str, wheel: BuiltDistribution) -> None:
    page = httpx.get(f"{service}embedded-sample/", trust_env=False).text
    link = re.search(r'href="\.\./\.\./([^#"]+)', page)
    assert link is not None
    file = httpx.get(service.replace("simple/", link[1]), trust_env=False)
    metadata = httpx.get(service.replace("simple/", f"{link[1]}.metadata"), trust_env=False)
    unknown = httpx.get(f"{service}unknown/", trust_env=False)

    assert file.content == wheel.content
    assert metadata.content == wheel.metadata
    assert unknown.status_code == 404


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_another_web_service_is_installed_from(service: str, client: Client, tool: str) -> None:
    environment = client.new_environment("consumer")
    python = environment / "bin" / "python"
    install: tuple[object, ...] = ("uv", "pip", "install", "--no-cache", "--python", python)
    if tool == "pip":
        install = ("python", "-m", "pip", "--python", python, "install", "--no-cache-dir")

    client.run(str(install[0]), *install[1:], "--index-url", service, "embedded-sample")

    assert list(environment.glob("lib/*/site-packages/embedded_sample-1.0.dist-info"))


def test_the_program_of_the_readme_finds_what_it_published(tmp_path: Path, wheel_path: Path) -> None:
    [program] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "embed.py").write_text(program, encoding="utf-8")

    outcome = subprocess.run(
        [sys.executable, "embed.py", wheel_path.name],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert outcome.stdout.split()[:2] == ["embedded-sample", "1.0"]


def publish(index: Index, wheel: BuiltDistribution) -> None:
    arrival = index.staging.begin()
    arrival.append(wheel.content)
    staged = arrival.finish()
    with index.staging.open(staged) as archive:
        upload = describe_upload(wheel.filename, archive, staged.digests)
    index.publish_file(OPERATOR, upload, staged)


def found(index: Index) -> list[str]:
    return [each.version for each in index.search.by_words(ANONYMOUS, SearchQuery(words="embedded")).hits]


class TestSearchWithoutAWorker:
    def test_is_current_after_each_change(self, tmp_path: Path, wheel: BuiltDistribution) -> None:
        with open_local_index(tmp_path) as index:
            assert found(index) == []
            publish(index, wheel)
            assert found(index) == ["1.0"]
            publish(index, build_wheel(name="embedded-sample", version="2.0"))
            assert found(index) == ["2.0"]
            index.delete_project(OPERATOR, NormalizedName("embedded-sample"))
            assert found(index) == []

    def test_search_finds_a_file_that_another_process_published(
        self, tmp_path: Path, wheel: BuiltDistribution
    ) -> None:
        with open_local_index(tmp_path) as index, open_local_index(tmp_path) as other:
            assert found(index) == []
            publish(other, wheel)
            assert found(index) == ["1.0"]

    def test_search_is_rebuilt_when_its_file_is_lost(self, tmp_path: Path, wheel: BuiltDistribution) -> None:
        with open_local_index(tmp_path) as index:
            publish(index, wheel)
            assert found(index) == ["1.0"]
        (tmp_path / "search.sqlite").unlink()

        with open_local_index(tmp_path) as index:
            assert found(index) == ["1.0"]

    def test_search_finds_a_file_published_without_a_worker(
        self, tmp_path: Path, wheel: BuiltDistribution
    ) -> None:
        with open_local_index(tmp_path) as index:
            publish(index, wheel)

        container = assemble(Settings(data=str(tmp_path)))
        # As a server sees it: nothing waits any more.
        assert container.database().outbox.waiting() == 0
        container.database().dispose()

    def test_search_does_not_keep_a_failing_block_from_ending(
        self, tmp_path: Path, wheel: BuiltDistribution
    ) -> None:
        with pytest.raises(ZeroDivisionError), open_local_index(tmp_path) as index:
            publish(index, wheel)
            print(1 / 0)

    def test_shows_documentation_when_the_block_has_ended(
        self, tmp_path: Path, wheel: BuiltDistribution
    ) -> None:
        name = NormalizedName("embedded-sample")
        with open_local_index(tmp_path) as index:
            publish(index, wheel)
            arrival = index.staging.begin()
            arrival.append(build_documentation(index="Hello"))
            index.publish_documentation(OPERATOR, name, None, arrival.finish())

        with (
            open_local_index(tmp_path) as index,
            index.documentation.page(ANONYMOUS, name, Alias.LATEST, "").open() as page,
        ):
            assert b"Hello" in page.read()


def test_a_program_assembles_an_index_from_the_ports(
    tmp_path: Path, wheel_path: Path, wheel: BuiltDistribution
) -> None:
    outcome = run(save(tmp_path, "assemble.py"), wheel_path)

    page = json.loads(outcome.stdout)
    assert [each["hashes"]["sha256"] for each in page["files"]] == [wheel.sha256]
