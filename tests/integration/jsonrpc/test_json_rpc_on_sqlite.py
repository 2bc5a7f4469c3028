"""The examples of the protocol, on SQLite and a folder: they answer as in memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dependency_injector import providers

from pypi_app.container import Container
from pypi_app.settings import Settings
from pypi_contracts.example_index import publish_hello
from pypi_core.domain.accounts import OPERATOR, TokenCredentials
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexName, IndexSettings
from pypi_core.site import Site
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_jsonrpc_api.answers.indexes import SOFTWARE
from pypi_memory.environment import FixedClock, PlainPasswordHasher, SeededRandomness
from pypi_protocol.methods import METHODS, AnyMethod, Example, examples_of

EXAMPLES = [
    (method, example)
    for method in METHODS
    # Those of documentation and of upload sessions need more to be there.
    if not method.name.startswith(("docs.", "upload.", "release.publish"))
    for example in examples_of(method, SOFTWARE)
]


def container_on(folder: Path) -> Container:
    """Return what serves *folder*, with the time and the secrets that the examples show."""
    return Container(
        settings=providers.Object(Settings(data=str(folder))),
        clock=providers.Object(FixedClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))),
        randomness=providers.Object(SeededRandomness()),
        passwords=providers.Object(PlainPasswordHasher()),
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    container = container_on(folder)
    database, site = container.database(), container.site()
    database.migrate()
    for name in (DEFAULT_INDEX, IndexName("test")):
        site.create_index(OPERATOR, name, IndexSettings(title=f"The index {name}"))
    publish_hello(
        site,
        database.index(DEFAULT_INDEX).open_unit_of_work,
        container.search(DEFAULT_INDEX),
        container.clock(),
    )
    database.dispose()
    return folder


@pytest.fixture
def site(filled: Path, tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "data"
    shutil.copytree(filled, folder)
    container = container_on(folder)
    yield container.site()
    container.database().dispose()


@pytest.mark.parametrize(
    ("method", "example"), EXAMPLES, ids=[f"{method.name}: {each.name}" for method, each in EXAMPLES]
)
def test_the_examples_in_the_document_answer_as_they_say(
    site: Site, method: AnyMethod, example: Example
) -> None:
    ada = site.authenticate(TokenCredentials(site.issue_token(OPERATOR, "ada", "for a test").secret))
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method.name, "params": example.params})

    answered = JsonRpcEndpoint(site)(site.index(DEFAULT_INDEX), ada, body.encode())

    assert json.loads(answered or b"") == {"jsonrpc": "2.0", "id": 1, "result": example.result}
