"""How the client names itself, line by line as pip does."""

from __future__ import annotations

import json
import platform
import ssl
from typing import Any

import pytest

from pypi_api_client.user_agent import user_agent


def told(environment: dict[str, str]) -> dict[str, Any]:
    text = user_agent("ourtool", "1.4.0", environment)
    name, _, data = text.partition(" ")
    assert name == "ourtool/1.4.0"
    content: dict[str, Any] = json.loads(data)
    # Compact, sorted, ASCII, one line.
    assert data == json.dumps(content, separators=(",", ":"), sort_keys=True)
    assert data.isascii()
    assert "\n" not in data
    return content


def test_the_user_agent_says_what_that_of_pip_says() -> None:
    data = told({})

    assert data["ci"] is None
    assert data["cpu"] == platform.machine()
    assert data["implementation"]["name"] == platform.python_implementation()
    assert data["installer"] == {"name": "ourtool", "version": "1.4.0"}
    assert data["openssl_version"] == ssl.OPENSSL_VERSION
    assert data["python"] == platform.python_version()
    assert data["system"] == {"name": platform.system(), "release": platform.release()}
    assert set(data) <= {
        "ci", "cpu", "distro", "implementation", "installer", "openssl_version", "python",
        "setuptools_version", "system",
    }  # fmt: skip
    assert all(data.values()) or data["ci"] is None


@pytest.mark.parametrize("sign", ["BUILD_BUILDID", "BUILD_ID", "CI", "PIP_IS_CI"])
def test_the_user_agent_says_that_a_ci_service_runs_it(sign: str) -> None:
    assert told({sign: ""})["ci"] is True


def test_the_user_agent_passes_on_the_users_own_data() -> None:
    assert told({"PIP_USER_AGENT_USER_DATA": "häuslich\n"})["user_data"] == "häuslich\n"
