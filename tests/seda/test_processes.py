"""What is done to parents, children and limits."""

import os
import resource
import signal
import subprocess
import sys

import pytest

from seda.processes import (
    children_of,
    children_seen_of,
    die_with_parent,
    parent_of,
    prctl,
    raise_descriptor_limit,
)


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run this in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_children_are_found_whatever_their_name() -> None:
    """A process's name may contain what separates the fields that are read."""
    name = "a) R 1 (b"
    code = f"import ctypes; ctypes.CDLL(None).prctl(15, {name.encode()!r}); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-uc", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in children_of(os.getpid())
        assert child.pid in children_seen_of(os.getpid())
        assert parent_of(child.pid) == os.getpid()
        child.kill()
    assert child.pid not in children_of(os.getpid())
    assert child.pid not in children_seen_of(os.getpid())
    assert parent_of(child.pid) is None


def test_who_has_another_parent_ends() -> None:
    """A process that was orphaned before it could ask to die with its parent does so itself."""
    ended = run_python("from seda.processes import die_with_parent; die_with_parent(1); print()")
    if os.getpid() == 1:
        pytest.skip("the parent is 1 here")
    assert ended.returncode == 1
    assert "process 1, the parent, is gone" in ended.stderr


def test_the_kernel_kills_with_the_parent() -> None:
    """Killed without a chance to say goodbye, a parent takes its child along."""
    code = """
import os, signal
from seda.processes import die_with_parent
me = os.getpid()
if os.fork() == 0:
    die_with_parent(me)
    os.write(1, b"child")
    signal.pause()
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.read(5) == b"child"
        parent.send_signal(signal.SIGKILL)
        assert parent.stdout.read() == b""  # nobody holds its other end any more


def test_orphans_come_to_a_subreaper() -> None:
    """A grandchild whose parent exited becomes the subreaper's child."""
    ended = run_python("""
import os, signal
from seda.processes import become_subreaper, children_of
become_subreaper()
middle = os.fork()
if middle == 0:
    if os.fork() == 0:
        signal.pause()
    os._exit(0)
os.waitpid(middle, 0)
[orphan] = children_of(os.getpid())
os.kill(orphan, signal.SIGKILL)
print(os.waitpid(orphan, 0)[0] == orphan)
""")
    assert ended.stdout == "True\n", ended.stderr


def test_the_descriptor_limit_is_raised_to_the_hard_one() -> None:
    """The soft limit afterwards is the hard one, and is returned."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[1]), before[1]))
    try:
        assert raise_descriptor_limit() == before[1]
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_the_kernel_refuses_is_an_error_with_words() -> None:
    """An unknown option raises and names itself."""
    with pytest.raises(OSError, match=r"prctl\(9999, 0\): Invalid argument"):
        prctl(9999, 0)


def test_the_own_parent_is_no_reason_to_end() -> None:
    """With the parent as expected nothing happens but the wish."""
    die_with_parent(os.getppid())
    prctl(1, 0)
