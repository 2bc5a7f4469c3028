"""Where an index is: what one URL tells of it, and the names by which people know it."""

from __future__ import annotations

import subprocess
import sys

import pypi_simple
import pytest
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

import pypi_api_client
from pypi_api_client import PackageIndex, configured_indexes, named_index
from pypi_api_client.errors import InvalidAddress, UnknownIndex

ROOT = "https://index.example/i/test/"


class TestEndpoints:
    @pytest.mark.parametrize("url", [ROOT, ROOT[:-1], f"{ROOT}simple/", f"{ROOT}simple", f"{ROOT}legacy/"])
    def test_endpoints_are_derived_from_any_url_of_the_index(self, url: str) -> None:
        index = PackageIndex(url)

        assert (index.root, index.simple, index.upload, index.rpc) == (
            ROOT,
            f"{ROOT}simple/",
            f"{ROOT}legacy/",
            f"{ROOT}rpc",
        )

    def test_endpoints_of_devpi_are_known(self) -> None:
        index = PackageIndex("https://index.example/ada/dev/+simple/")

        assert (index.root, index.simple, index.upload, index.rpc) == (
            "https://index.example/ada/dev/",
            "https://index.example/ada/dev/+simple/",
            "https://index.example/ada/dev/",
            None,
        )

    def test_uploads_may_go_to_another_host(self) -> None:
        index = PackageIndex(ROOT, upload_url="https://upload.example/legacy/")

        assert (index.simple, index.upload) == (f"{ROOT}simple/", "https://upload.example/legacy/")

    def test_the_password_is_not_shown(self) -> None:
        index = PackageIndex("https://ada:secret@index.example/")

        assert (index.address.username, index.address.password) == ("ada", "secret")
        assert "secret" not in f"{index!r} {index.address!r} {index.root}"

    @pytest.mark.parametrize("url", ["http://index.example/", "index.example", "ftp://index.example/"])
    def test_an_unusable_url_is_refused(self, url: str) -> None:
        with pytest.raises(InvalidAddress):
            PackageIndex(url)
        with pytest.raises(InvalidAddress):
            PackageIndex(ROOT, upload_url=url)


class TestNames:
    def test_public_indexes_have_the_addresses_of_maintained_tools(self) -> None:
        assert pypi_api_client.PyPi.simple == pypi_simple.PYPI_SIMPLE_ENDPOINT
        assert pypi_api_client.PyPi.upload == DEFAULT_REPOSITORY
        assert pypi_api_client.TestPyPi.upload == TEST_REPOSITORY
        assert pypi_api_client.TestPyPi.simple.endswith("/simple/")

    @pytest.mark.parametrize("name", ["pypi", "PyPI", " testpypi"])
    def test_public_indexes_are_known_by_name_in_any_case(self, name: str) -> None:
        assert named_index(name).name == name.strip().lower()

    @pytest.mark.parametrize("name", ["Warehouse", "LegacyPyPi"])
    def test_historical_names_mean_the_public_index_now(self, name: str) -> None:
        with pytest.warns(DeprecationWarning, match=f"{name} is a legacy name") as caught:
            index = getattr(pypi_api_client, name)

        assert index is pypi_api_client.PyPi
        assert caught[0].filename == __file__

    def test_the_url_of_the_public_index_means_it(self) -> None:
        assert named_index(pypi_simple.PYPI_SIMPLE_ENDPOINT).upload == DEFAULT_REPOSITORY

    def test_configured_names_come_first(self) -> None:
        configured = configured_indexes(
            {
                "company": "https://index.example/simple/",
                "pypi": {"url": ROOT, "upload_url": "https://upload.example/"},
            }
        )

        assert named_index("Company", configured).root == "https://index.example/"
        assert named_index("pypi", configured).upload == "https://upload.example/"
        assert named_index("testpypi", configured).upload == TEST_REPOSITORY

    def test_a_url_needs_no_name(self) -> None:
        assert named_index(ROOT).root == ROOT

    def test_an_unknown_name_is_reported_with_the_known_ones(self) -> None:
        with pytest.raises(UnknownIndex, match="known are: company, pypi, testpypi"):
            named_index("elsewhere", {"company": PackageIndex(ROOT)})

    @pytest.mark.parametrize("table", [{}, {"url": 7}, {"url": ROOT, "uploads": "x"}, 7])
    def test_a_bad_configuration_is_reported(self, table: object) -> None:
        with pytest.raises(UnknownIndex, match="'company' is not configured correctly"):
            configured_indexes({"company": table})

    def test_an_unknown_attribute_is_not_an_index(self) -> None:
        with pytest.raises(AttributeError, match="NoIndex"):
            _ = pypi_api_client.NoIndex


def test_names_and_errors_cost_no_http_library() -> None:
    program = (
        "import sys; from pypi_api_client import ClientError, named_index; named_index('pypi');"
        "print({'httpx', 'requests', 'ssl', 'asyncio', 'pypi_simple', 'twine'} & {*sys.modules})"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "set()"
