"""Real wheels and sdists from the public index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pypi_contracts.builders import build_wheel

CLOSURE = Path(__file__).parents[2] / "requirements" / "server.txt"


_FEWEST_WHEELS = 25


# Pure Python, and built by a backend that needs nothing else.
SDISTS = (
    "certifi",
    "click",
    "h11",
    "idna",
    "itsdangerous",
    "markupsafe",
    "packaging",
    "pygments",
    "urllib3",
    "zipp",
)


class RealFiles:
    """
    Wheels that need nothing but each other, and the requirements that bring them.

    Attributes:
        are_real: Whether they are from the public index, or built here where it cannot be reached.
    """

    def __init__(self, wheels: list[Path], requirements: list[str], *, are_real: bool) -> None:
        self.wheels = wheels
        self.requirements = requirements
        self.are_real = are_real

    def further(self, folder: Path, *arguments: str) -> list[Path]:
        """Return what else pip downloads from the public index; nothing where that cannot be reached."""
        if self.are_real:
            pip_download(folder, "--only-binary", ":all:", "--no-deps", *arguments)
        return sorted(folder.glob("*.whl"))


class PublicIndexUnreachable(Exception):
    """pip could not download what it was asked for."""


def downloaded(folder: Path) -> RealFiles:
    pip_download(folder / "wheels", "--only-binary", ":all:", "--require-hashes", "-r", str(CLOSURE))
    wheels = sorted((folder / "wheels").glob("*.whl"))
    requirements = ["==".join(each.name.split("-")[:2]) for each in wheels]
    return RealFiles(wheels, requirements, are_real=True)


def pip_download(folder: Path, *arguments: str) -> None:
    """
    Download with pip from the public index, as this machine is configured.

    Raises:
        PublicIndexUnreachable: It did not work.
    """
    outcome = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder), *arguments],
        capture_output=True,
        text=True,
    )
    if outcome.returncode:
        raise PublicIndexUnreachable(outcome.stderr.strip().splitlines()[-1])


def built(folder: Path) -> RealFiles:
    names = [f"built-{number}" for number in range(_FEWEST_WHEELS)]
    wheels = []
    for number, name in enumerate(names):
        wheel = build_wheel(name=name, version="1.0", requires_dist=names[number + 1 : number + 2])
        wheels.append(folder / wheel.filename)
        wheels[-1].write_bytes(wheel.content)
    return RealFiles(wheels, names[:1], are_real=False)
