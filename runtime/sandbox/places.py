"""What a handler has to read to run at all: the interpreter, code, libraries, and little else.

Named are folders that hold nothing but these, never one that may hold a configuration, keys or
somebody's data: of /etc single files, of a folder of code the packages in it. What is found is kept
in this process, because every handler is forked with it.
"""

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_SYSTEM = (
    *("/bin", "/lib", "/lib32", "/lib64", "/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64"),
    *("/usr/libexec", "/usr/share", "/usr/local/lib", "/usr/local/share", "/nix/store"),
    # What other processes have of their own there Landlock refuses by itself.
    *("/proc", "/sys"),
    *("/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"),
    *(
        "/etc/group",
        "/etc/ld.so.cache",
        "/etc/ld.so.conf",
        "/etc/ld.so.conf.d",
        "/etc/ld.so.preload",
    ),
    *("/etc/localtime", "/etc/nsswitch.conf", "/etc/os-release", "/etc/passwd", "/etc/timezone"),
)
_NETWORK = (
    *("/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/protocols", "/etc/resolv.conf"),
    *("/etc/services", "/run/resolvconf", "/run/systemd/resolve"),
    *("/etc/ca-certificates", "/etc/pki", "/etc/ssl/certs", "/etc/ssl/openssl.cnf"),
)
"""What finds hosts and tells whose certificates are believed; of /etc/ssl no keys."""
_GPU = ("/dev/dri", "/dev/kfd", "/dev/shm", "/etc/OpenCL", "/usr/local/nvidia")  # noqa: S108 - read
"""Besides the toolkits and LD_LIBRARY_PATH."""
_TOOLKITS = "/usr/local/cuda*", "/opt/cuda*", "/opt/rocm*"
_LIBRARIES = ("site-packages", "dist-packages")
_CODE = (".py", ".so")


@cache
def readable(*, has_gpu: bool) -> tuple[Path, ...]:
    """Return the places below which a handler may read."""
    found = [Path(name) for name in _SYSTEM]
    found += _interpreter()
    for name in filter(None, sys.path):
        found += _code(Path(name))
    if has_gpu:
        found += _gpu()
    return _without_inner(path for path in found if path.exists())


@cache
def network() -> tuple[Path, ...]:
    """Return what has to be read by who speaks to others."""
    return tuple(path for path in map(Path, _NETWORK) if path.exists())


def _without_inner(found: Iterable[Path]) -> tuple[Path, ...]:
    """Leave out what lies in another one: each place costs every handler two system calls."""
    kept: list[Path] = []
    for place in sorted({path.resolve() for path in found}):
        if not (kept and place.is_relative_to(kept[-1])):
            kept.append(place)
    return tuple(kept)


def overlaps(places: tuple[Path, ...], protected: Path) -> list[Path]:
    """Return the places that contain what is to be protected, and so give it away."""
    real = protected.resolve()
    return [place for place in places if real.is_relative_to(place)]


def _interpreter() -> Iterator[Path]:
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_path(name))
    if library := sysconfig.get_config_var("LIBDIR"):
        yield Path(library)
    for program in {sys.executable, os.path.realpath(sys.executable)}:
        yield Path(program).parent
    yield Path(sys.prefix, "pyvenv.cfg")


def _code(folder: Path) -> Iterator[Path]:
    """Give a folder of libraries whole, and of any other one the packages and modules in it."""
    if folder.name in _LIBRARIES or folder.is_file():  # or an archive of code
        yield folder
        return
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.suffix in _CODE or (entry / "__init__.py").exists():
            yield entry


def _gpu() -> Iterator[Path]:
    yield from (Path(name) for name in _GPU)
    for pattern in _TOOLKITS:
        yield from Path("/").glob(pattern[1:])
    yield from (Path(it) for it in os.environ.get("LD_LIBRARY_PATH", "").split(":") if it)
