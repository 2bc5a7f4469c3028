"""
Starting ``pypi-cli``: ``--version`` compared with Python that does nothing, ``--help`` with an empty app.

What is measured is how long a process keeps a processor busy, which waiting for it does not change.  Ends
with 1 where ``--version`` takes more than doing nothing twice and 60 ms, or ``--help`` more than 1.25 apps.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

TOOL = Path(sys.executable).with_name("pypi-cli")
EMPTY_APP = "from cyclopts import App; App(name='empty', help='Empty.')(['--help'])"
COMMANDS: dict[str, tuple[str | Path, ...]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "pypi-cli --version": (TOOL, "--version"),
    "empty app --help": (sys.executable, "-c", EMPTY_APP),
    "pypi-cli --help": (TOOL, "--help"),
}
ROUNDS = 31


def main() -> None:
    """Measure, print, and end with 1 where it takes too long."""
    rounds = [[processor_seconds(command) for command in COMMANDS.values()] for _ in range(ROUNDS)]
    nothing, version, empty, listing = (statistics.median(each) for each in zip(*rounds, strict=True))
    # The two of a round ran side by side, so that what else the machine does weighs on both.
    ratio = statistics.median(round_[3] / round_[2] for round_ in rounds)
    print(f"{'':20}{'ms':>6}   medians of {ROUNDS}")
    for what, seconds in zip(COMMANDS, (nothing, version, empty, listing), strict=True):
        print(f"{what:20}{seconds * 1000:6.0f}")
    print(f"{'--help / empty app':20}{ratio:6.2f}")
    if version > 2 * nothing + 0.060 or ratio > 1.25:
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
