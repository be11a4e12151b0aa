"""System calls that learner code never needs, as a filter for the Linux kernel."""

from __future__ import annotations

import platform
import struct

# Processes, threads and programs; sockets; memory that no other limit counts; other processes;
# namespaces, mounts and the corners of the kernel where most of its faults were found.
FORBIDDEN: dict[str, dict[str, int]] = {
    "x86_64": {
        "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "execveat": 322,
        "socket": 41, "socketpair": 53,
        "shmget": 29, "semget": 64, "msgget": 68, "memfd_create": 319, "mq_open": 240,
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311,
        "pidfd_open": 434, "pidfd_getfd": 438,
        "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155,
        "chroot": 161, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432,
        "mount_setattr": 442, "open_by_handle_at": 304,
        "add_key": 248, "request_key": 249, "keyctl": 250, "bpf": 321, "perf_event_open": 298,
        "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426,
        "io_uring_register": 427,
    },
    "aarch64": {
        "clone": 220, "execve": 221, "execveat": 281,
        "socket": 198, "socketpair": 199,
        "shmget": 194, "semget": 190, "msgget": 186, "memfd_create": 279, "mq_open": 180,
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271,
        "pidfd_open": 434, "pidfd_getfd": 438,
        "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41,
        "chroot": 51, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432,
        "mount_setattr": 442, "open_by_handle_at": 265,
        "add_key": 217, "request_key": 218, "keyctl": 219, "bpf": 280, "perf_event_open": 241,
        "userfaultfd": 282, "io_uring_setup": 425, "io_uring_enter": 426,
        "io_uring_register": 427,
    },
}  # fmt: skip
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE3 = 435  # the same everywhere
FOREIGN = 0x40000000  # numbers from here on are the x32 calls of x86_64

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # where the kernel puts them
_ALLOW, _REFUSE, _ABSENT = 0x7FFF0000, 0x00050001, 0x00050026  # allow; EPERM; ENOSYS


def program(machine: str | None = None) -> bytes:
    """Return the filter for a machine type, empty for one that is not known."""
    machine = machine or platform.machine()
    if machine not in FORBIDDEN:
        return b""
    numbers = sorted(FORBIDDEN[machine].values())
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, ARCHITECTURE[machine])]
    steps += [(_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, _NUMBER)]
    # `clone3` has to look absent: the C library then tries `clone`, and is refused.
    steps += [(_EQUAL, 0, 1, CLONE3), (_RETURN, 0, 0, _ABSENT)]
    for left, number in enumerate(numbers, start=-len(numbers)):
        # To the refusal: past the comparisons left, the test for foreign calls and the pass.
        steps.append((_EQUAL, -left + 1, 0, number))
    steps += [(_AT_LEAST, 1, 0, FOREIGN), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
