"""The parent of several processes, with processes that do nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PARENT = """
import sys, logging
from pathlib import Path
from pypi_app.server.members import Members
from pypi_app.server.processes import Processes
from pypi_app.settings import StartError

logging.basicConfig(stream=sys.stderr)
folder = Path(sys.argv[1])
processes = Processes(
    count=int(sys.argv[2]), command=["-c", sys.argv[3], str(folder / "started")], migrate=["-c", ""],
    sockets=[], members=Members(folder), worker=None, grace=float(sys.argv[4]),
)
try:
    processes.run(lambda: (folder / "ready").touch())
except StartError as error:
    sys.exit(str(error))
"""

BEGIN = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()} {time.monotonic()}\\n'); "
SAY_READY = "os.write(1, b'ready\\n'); "
READY = BEGIN + SAY_READY


def parent(folder: Path, program: str, *, count: int = 1, grace: float = 5) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PARENT, str(folder), str(count), program, str(grace)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def started(folder: Path) -> list[tuple[int, float]]:
    file = folder / "started"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(int(pid), float(moment)) for pid, moment in (each.split() for each in lines)]


def wait_until_ready(folder: Path) -> None:
    while not (folder / "ready").exists():
        time.sleep(0.02)


def test_a_process_that_does_not_last_is_started_again_later_and_later(tmp_path: Path) -> None:
    with parent(tmp_path, READY) as running:
        while len(started(tmp_path)) < 5:
            time.sleep(0.05)
        running.terminate()
        assert running.wait() == 0

    moments = [moment for _pid, moment in started(tmp_path)[:5]]
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses[1] >= 0.5
    assert pauses[2] >= 1
    assert pauses[3] >= 2


def test_a_process_that_cannot_start_ends_the_parent_with_a_sentence(tmp_path: Path) -> None:
    with parent(tmp_path, BEGIN, count=2) as running:
        _out, told = running.communicate()

    assert running.returncode == 1
    assert told.strip() == "A process of the server ended before it was ready: its log says why."


def test_sigterm_reaches_all_and_is_waited_for(tmp_path: Path) -> None:
    finish = (
        "import signal; signal.signal(signal.SIGTERM, lambda *_: "
        "(time.sleep(0.5), open(sys.argv[1] + str(os.getpid()), 'w').close(), os._exit(0))); "
    )
    program = BEGIN + finish + SAY_READY + "time.sleep(600)"
    with parent(tmp_path, program, count=3) as running:
        wait_until_ready(tmp_path)
        running.terminate()
        assert running.wait() == 0

    assert len(list(tmp_path.glob("started*"))) == 1 + 3


def test_a_process_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    program = BEGIN + ignore + SAY_READY + "time.sleep(600)"
    with parent(tmp_path, program, grace=-9) as running:
        wait_until_ready(tmp_path)
        running.terminate()
        assert running.wait() == 0

    ((pid, _moment),) = started(tmp_path)
    assert not Path(f"/proc/{pid}").exists()


def test_sighup_replaces_all_processes(tmp_path: Path) -> None:
    with parent(tmp_path, READY + "time.sleep(600)", count=2) as running:
        wait_until_ready(tmp_path)
        running.send_signal(signal.SIGHUP)
        old = [pid for pid, _moment in started(tmp_path)[:2]]
        while len(started(tmp_path)) < 4 or any(Path(f"/proc/{each}").exists() for each in old):
            time.sleep(0.05)
        assert all(Path(f"/proc/{pid}").exists() for pid, _moment in started(tmp_path)[2:])
        running.terminate()
        assert running.wait() == 0


@pytest.mark.parametrize("make", ["socket.SOCK_DGRAM", "socket.SOCK_STREAM"])
def test_a_socket_that_does_not_listen_is_refused_in_a_sentence(tmp_path: Path, make: str) -> None:
    program = (
        "import os, socket, sys; passed = socket.socket(socket.AF_INET, " + make + "); "
        "os.dup2(passed.fileno(), 3); os.set_inheritable(3, True); "
        "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid())); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    command = [sys.executable, "-c", program, "-m", "pypi_app.server_command", "serve"]
    outcome = subprocess.run([*command, "--data", tmp_path / "data"], capture_output=True, text=True)

    assert outcome.returncode == 1
    assert "does not listen for TCP" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not (tmp_path / "data").exists()
