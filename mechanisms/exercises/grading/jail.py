"""Run a command in Linux namespaces of its own; a script for `sandbox`, not to be imported.

It is started with ``python -I -S``, knows no other file of the package, and takes what to do as
JSON in its only argument. The process tree: this script - first process of the new PID namespace
- the command. Whoever kills this script's process group kills the namespace and all in it.
"""

import ctypes
import json
import os
import platform
import re
import signal
import sys
from typing import Any, NoReturn

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_REC = 1024, 2048, 4096, 16384
MS_PRIVATE, MS_RELATIME = 1 << 18, 1 << 21
ST_RELATIME = 4096
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
NOBODY = 65534

libc = ctypes.CDLL(None, use_errno=True)


def check(status: int, what: str) -> None:
    """Raise for a failed call of the C library."""
    if status != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    """Call mount(2)."""
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    data = None if options is None else options.encode()
    check(libc.mount(*texts, ctypes.c_ulong(flags), data), f"mount {target}")


def die_with_parent() -> None:
    """Let the kernel kill this process as soon as its parent is gone."""
    check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def read_only(path: str) -> None:
    """Make the mounts at and below `path` read-only."""
    with open("/proc/self/mountinfo", "rb") as file:
        written = [line.split()[4] for line in file]
    for escaped in written:
        octal = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), escaped)
        point = os.fsdecode(octal)
        if point == path or point.startswith(f"{path}/"):
            kept = os.statvfs(point).f_flag
            # Flags that the mount came with may not be dropped in a user namespace.
            flags = kept & (MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME)
            flags |= MS_RELATIME if kept & ST_RELATIME else 0
            # Only the null device has to work as one.
            flags |= 0 if point.endswith("/dev/null") else MS_NODEV
            flags |= MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID
            mount(None, point, None, flags)


def place(source: str, target: str) -> None:
    """Make an empty folder or file that `source` can be mounted on."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "x").close()


def furnish(spec: dict[str, Any]) -> None:
    """Build the file system of the jail and make it the only one."""
    root = spec["root"]
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    for step, *names in spec["steps"]:
        if step == "link":
            os.symlink(names[1], root + names[0])
        elif step == "bind":
            place(names[0], root + names[1])
            mount(names[0], root + names[1], None, MS_BIND | MS_REC)
        elif step == "mask":
            mount("tmpfs", root + names[0], "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    os.makedirs(f"{root}/scratch", exist_ok=True)
    read_only(root)
    options = f"size={spec['disk']},nr_inodes=256,mode=1777"
    mount("tmpfs", f"{root}/scratch", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
    os.chdir(root)
    check(libc.syscall(PIVOT_ROOT[platform.machine()], b".", b"."), "pivot_root")
    check(libc.umount2(b".", MNT_DETACH), "umount")
    os.chdir("/scratch")


def first_process(spec: dict[str, Any], parent: int) -> NoReturn:
    """Be the init of the namespace: start the command and end with it, and with the parent."""
    die_with_parent()
    os.set_blocking(parent, False)
    try:
        os.read(parent, 1)
        os._exit(1)  # nobody holds the other end: the parent was gone before
    except BlockingIOError:
        pass
    furnish(spec)
    command = os.fork()
    if command == 0:
        os.execve(spec["command"][0], spec["command"], spec["environment"])
    while True:
        ended, status = os.wait()
        if ended == command:
            # When this process ends, the kernel ends all others in the namespace.
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def main() -> NoReturn:
    """Enter new namespaces and wait for what runs in them."""
    spec = json.loads(sys.argv[1])
    die_with_parent()
    if os.getppid() != spec["parent"]:
        sys.exit("the grader is gone")
    flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
    uid, gid = os.getuid(), os.getgid()
    # Root needs no user namespace, and without one may give the command a uid of its own.
    check(libc.unshare(flags | (CLONE_NEWUSER if uid else 0)), "unshare")
    if uid:
        # Not root in there either: the command's exec drops all capabilities.
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{NOBODY} {uid} 1"),
            ("gid_map", f"{NOBODY} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    alive, held = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(held)
        try:
            first_process(spec, alive)
        except BaseException as error:
            os.write(2, f"{error}\n".encode())
            os._exit(125)
    _, status = os.waitpid(first, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(str(error))
