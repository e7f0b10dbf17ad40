"""Restrictions ("walls") that a process puts on itself before it reads untrusted files.

Each wall works without the others, because kernels and containers differ; outside Linux, only `limits` applies.
`confine` returns the names of the walls that are in force:

- `limits`: memory, processor time, size of files, number of open files (setrlimit).
- `parent`: the process ends with its parent, even if the parent is killed (prctl).
- `network`: an empty network namespace (unshare). Containers often forbid it.
- `files`: only the named files and folders can be opened (Landlock, Linux 5.13).
- `calls`: no socket, no other program, no second process, no signal, no io_uring (seccomp; x86-64 and arm64). This blocks
  network access if no namespace is available.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STACK_OF_A_THREAD = 10 * 1024 * 1024
"""FFmpeg's filters create one thread per core. The whole stack of each counts as memory, even if it is not used."""
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 1, 38, 22, 2
CLONE_NEWUSER, CLONE_NEWNET, CLONE_THREAD = 0x10000000, 0x40000000, 0x00010000
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT, LANDLOCK_BENEATH = 444, 445, 446, 1
WRITE_FILE, READ_FILE, READ_FOLDER, REMOVE_FILE, MAKE_REGULAR, TRUNCATE = (1 << bit for bit in (1, 2, 3, 5, 8, 14))
LANDLOCK_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""The number of file rights in each version of Landlock. Later versions have no more rights than version 5."""
MACHINES = {
    "x86_64": (0xC000003E, 56, (41, 57, 58, 59, 62, 101, 200, 310, 311, 322, 425)),
    "aarch64": (0xC00000B7, 220, (198, 117, 129, 130, 221, 270, 271, 281, 425)),
}
"""For each machine: its audit number, the number of its clone call, and the numbers of the forbidden calls.

Forbidden are socket, fork, vfork, execve, kill, ptrace, tkill, process_vm_readv, process_vm_writev, execveat and
io_uring_setup (arm64 has no fork and vfork).
"""
CLONE3, ENOSYS, EPERM = 435, 38, 1


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of a process: bytes of memory, seconds of processor time, and bytes of any one file."""

    memory_bytes: int
    cpu_seconds: int
    file_bytes: int


def confine(allowance: ProcessLimits, readable: Iterable[Path], writable: Path | None, parent: int) -> list[str]:
    """Put up every wall that this machine supports, permanently, and return the names of these walls.

    Call it before reading data. `readable` are files and folders (with their content), `writable` is a folder (None: no
    file can be written), and `parent` is the process id of the parent; the process ends when the parent ends.
    """
    walls = {"limits": _limit(allowance)}
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        walls["parent"] = _end_with(libc, parent)
        walls["network"] = _leave_the_network(libc)
        if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            walls["files"] = _restrict_files(libc, readable, writable)
            walls["calls"] = _restrict_calls(libc)
    return [name for name, stands in walls.items() if stands]


def confine_child(request: Mapping[str, Any], library: str, readable: Iterable[Path] = ()) -> list[str]:
    """Enter the folder of a request and put up every wall around a child that decodes media. Returns the names of the walls.

    The child may read `readable` and its libraries, some of whose modules are imported later, and write to its folder.
    """
    folder, limits = Path(request["folder"]), request["limits"]
    os.chdir(folder)
    allowance = ProcessLimits(limits["memory_bytes"], limits["cpu_seconds"], request["file_bytes"])
    programs = [place for place in (Path(library) / "av", Path(os.__file__).parent) if place.exists()]
    return confine(allowance, [*readable, *programs], folder, request["parent"])


def lower_processor_time(seconds: int) -> None:
    """Limit this process to `seconds` more seconds of processor time. An existing lower limit is kept."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(time.process_time()) + 1 + seconds
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (wanted if soft == resource.RLIM_INFINITY else min(soft, wanted), hard))


def _limit(allowance: ProcessLimits) -> bool:
    memory = allowance.memory_bytes + (os.cpu_count() or 1) * STACK_OF_A_THREAD
    wanted = {
        resource.RLIMIT_AS: (memory, memory),
        # At the hard limit the kernel kills the process; at the soft limit it sends SIGXCPU, which tells the parent the
        # reason.
        resource.RLIMIT_CPU: (allowance.cpu_seconds, allowance.cpu_seconds + 5),
        resource.RLIMIT_FSIZE: (allowance.file_bytes, allowance.file_bytes),
        resource.RLIMIT_NOFILE: (64, 64),
        resource.RLIMIT_CORE: (0, 0),
    }
    stand = [_set_limit(name, *values) for name, values in wanted.items()]
    return all(stand)


def _set_limit(name: int, soft: int, hard: int) -> bool:
    most = resource.getrlimit(name)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    try:
        resource.setrlimit(name, (soft, hard))
    except (OSError, ValueError):  # macOS does not support a memory limit.
        return False
    return True


def _end_with(libc: ctypes.CDLL, parent: int) -> bool:
    stands = libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0
    if os.getppid() != parent:  # The parent ended before the line above.
        os.kill(os.getpid(), signal.SIGKILL)
    return stands


def _leave_the_network(libc: ctypes.CDLL) -> bool:
    # Create a user namespace only if needed, because root would lose access to other users' files in it.
    return libc.unshare(CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0


def _restrict_files(libc: ctypes.CDLL, readable: Iterable[Path], writable: Path | None) -> bool:
    version = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    handled = (1 << LANDLOCK_RIGHTS.get(version, LANDLOCK_RIGHTS[5])) - 1
    ruleset = libc.syscall(LANDLOCK_CREATE, struct.pack("Q", handled), 8, 0)
    if ruleset < 0:
        return False
    made_there = (WRITE_FILE | READ_FILE | REMOVE_FILE | MAKE_REGULAR | TRUNCATE) & handled
    rules = [] if writable is None else [(writable, made_there)]
    rules += [(path, READ_FILE | READ_FOLDER if path.is_dir() else READ_FILE) for path in readable]
    allowed = all(_allow(libc, ruleset, path, rights) for path, rights in rules)
    stands = allowed and libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return stands


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> bool:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        return bool(libc.syscall(LANDLOCK_ADD, ruleset, LANDLOCK_BENEATH, struct.pack("=Qi", rights, place), 0) == 0)
    finally:
        os.close(place)


def _restrict_calls(libc: ctypes.CDLL) -> bool:
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    program = _filter(*machine)
    code = ctypes.create_string_buffer(program)
    # struct sock_fprog: a length, then (aligned) a pointer.
    described = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, described, 0, 0) == 0)


def _filter(audit_number: int, clone: int, forbidden: Iterable[int]) -> bytes:
    """Return the program (classic BPF) that the kernel runs on each system call: refuse listed calls, allow all others.

    clone may only create threads. clone3 passes its flags behind a pointer, so the filter reports that it does not
    exist, and the C library uses clone instead.
    """
    load, equal, above, bits, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse, missing = 0x7FFF0000, 0x00050000 | EPERM, 0x00050000 | ENOSYS
    steps = [
        (load, 0, 0, 4), (equal, 1, 0, audit_number), (give, 0, 0, refuse),
        (load, 0, 0, 0), (above, 0, 1, 0x40000000), (give, 0, 0, refuse),
        (equal, 0, 1, CLONE3), (give, 0, 0, missing),
    ]  # fmt: skip
    for number in forbidden:
        steps += [(equal, 0, 1, number), (give, 0, 0, refuse)]
    steps += [
        (equal, 0, 3, clone), (load, 0, 0, 16), (bits, 1, 0, CLONE_THREAD), (give, 0, 0, refuse), (give, 0, 0, allow)
    ]  # fmt: skip
    return b"".join(struct.pack("HBBI", *step) for step in steps)
