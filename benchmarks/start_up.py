"""
Starting ``pypi-cli`` and ``pypi-server``: compared with Python that does nothing, and with an empty app.

What is measured is how long a process keeps a processor busy, which waiting for it does not change.  Ends
with 1 where ``pypi-cli --version`` takes more than doing nothing twice and 60 ms, its ``--help`` more than
1.25 apps, or ``--version`` or ``--help`` of ``pypi-server`` more than a quarter of a second.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

TOOL = Path(sys.executable).with_name("pypi-cli")
SERVER = Path(sys.executable).with_name("pypi-server")
EMPTY_APP = "from cyclopts import App; App(name='empty', help='Empty.')(['--help'])"
COMMANDS: dict[str, tuple[str | Path, ...]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "pypi-cli --version": (TOOL, "--version"),
    "empty app --help": (sys.executable, "-c", EMPTY_APP),
    "pypi-cli --help": (TOOL, "--help"),
    "pypi-server --version": (SERVER, "--version"),
    "pypi-server --help": (SERVER, "--help"),
}
ROUNDS = 31
LONGEST_OF_SERVER = 0.25


def main() -> None:
    """Measure, print, and end with 1 where it takes too long."""
    rounds = [[processor_seconds(command) for command in COMMANDS.values()] for _ in range(ROUNDS)]
    medians = [statistics.median(each) for each in zip(*rounds, strict=True)]
    # The two of a round ran side by side, so that what else the machine does weighs on both.
    ratio = statistics.median(round_[3] / round_[2] for round_ in rounds)
    print(f"{'':22}{'ms':>6}   medians of {ROUNDS}")
    for what, seconds in zip(COMMANDS, medians, strict=True):
        print(f"{what:22}{seconds * 1000:6.0f}")
    print(f"{'--help / empty app':22}{ratio:6.2f}")
    nothing, version, _empty, _listing, *of_server = medians
    if version > 2 * nothing + 0.060 or ratio > 1.25 or max(of_server) > LONGEST_OF_SERVER:
        raise SystemExit(1)


def processor_seconds(command: tuple[str | Path, ...]) -> float:
    """Run a command and return how long it kept a processor busy."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
