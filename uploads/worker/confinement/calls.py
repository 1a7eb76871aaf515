"""The list of allowed system calls: those needed to open and convert a file. All others are refused."""

from dataclasses import dataclass

_PR_SET_NAME = 15
_CLONE_THREAD = 0x0001_0000
_F_DUPFD, _F_GETFD, _F_SETFD, _F_GETFL, _F_DUPFD_CLOEXEC = 0, 1, 2, 3, 1030


@dataclass(frozen=True, slots=True)
class Argument:
    """A condition on an argument of a call: it must equal one of `values`.

    If `is_bit`, the bit in `values` must be set instead.
    """

    index: int
    values: tuple[int, ...]
    is_bit: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A system call by its numbers, -1 where an architecture lacks it. `only` restricts an argument."""

    x86_64: int
    aarch64: int
    only: Argument | None = None


def allowed(pid: int) -> dict[str, Call]:
    """Return the allowed calls by name, the most frequent first. `pid` is this process's own pid."""
    return {
        **_FILES,
        **_MEMORY,
        **_THREADS,
        **_SIGNALS,
        **_CLOCKS,
        **_PROCESS_INFO,
        # Threads are allowed, processes are not. A filter cannot see the flags of clone3, so clone3 is
        # refused as if it did not exist, and the C library falls back to clone.
        "clone": Call(56, 220, Argument(0, (_CLONE_THREAD,), is_bit=True)),
        # Only signals to itself: abort() sends one.
        "tgkill": Call(234, 131, Argument(0, (pid,))),
        # Only its own limits.
        "prlimit64": Call(302, 261, Argument(0, (0,))),
        "prctl": Call(157, 167, Argument(0, (_PR_SET_NAME,))),
    }


# Landlock restricts the files on which these calls work.
_FILES = {
    "read": Call(0, 63),
    "write": Call(1, 64),
    "lseek": Call(8, 62),
    "close": Call(3, 57),
    "open": Call(2, -1),
    "openat": Call(257, 56),
    "fstat": Call(5, 80),
    "newfstatat": Call(262, 79),
    "stat": Call(4, -1),
    "lstat": Call(6, -1),
    "statx": Call(332, 291),
    "access": Call(21, -1),
    "faccessat": Call(269, 48),
    "faccessat2": Call(439, 439),
    "readv": Call(19, 65),
    "writev": Call(20, 66),
    "pread64": Call(17, 67),
    "pwrite64": Call(18, 68),
    "getdents64": Call(217, 61),
    "readlink": Call(89, -1),
    "readlinkat": Call(267, 78),
    "getcwd": Call(79, 17),
    # Without the commands that direct signals to other processes.
    "fcntl": Call(72, 25, Argument(1, (_F_DUPFD, _F_GETFD, _F_SETFD, _F_GETFL, _F_DUPFD_CLOEXEC))),
    "fsync": Call(74, 82),
    "fdatasync": Call(75, 83),
    "ftruncate": Call(77, 46),
}
_MEMORY = {
    "mmap": Call(9, 222),
    "munmap": Call(11, 215),
    "mprotect": Call(10, 226),
    "mremap": Call(25, 216),
    "madvise": Call(28, 233),
    "brk": Call(12, 214),
    "membarrier": Call(324, 283),
}
_THREADS = {
    "futex": Call(202, 98),
    "set_robust_list": Call(273, 99),
    "rseq": Call(334, 293),
    "sched_yield": Call(24, 124),
    "sched_getaffinity": Call(204, 123),
    "sched_getparam": Call(143, 121),
    "sched_getscheduler": Call(145, 120),
    "getcpu": Call(309, 168),
    "gettid": Call(186, 178),
    "exit": Call(60, 93),
    "exit_group": Call(231, 94),
}
_SIGNALS = {
    "rt_sigaction": Call(13, 134),
    "rt_sigprocmask": Call(14, 135),
    "rt_sigreturn": Call(15, 139),
    "sigaltstack": Call(131, 132),
    "restart_syscall": Call(219, 128),
}
_CLOCKS = {
    "clock_gettime": Call(228, 113),
    "clock_getres": Call(229, 114),
    "clock_nanosleep": Call(230, 115),
    "nanosleep": Call(35, 101),
    "gettimeofday": Call(96, 169),
    "time": Call(201, -1),
    "times": Call(100, 153),
    "getrusage": Call(98, 165),
}
_PROCESS_INFO = {
    "getpid": Call(39, 172),
    "getuid": Call(102, 174),
    "geteuid": Call(107, 175),
    "getgid": Call(104, 176),
    "getegid": Call(108, 177),
    "getrandom": Call(318, 278),
    "getrlimit": Call(97, 163),
    "setrlimit": Call(160, 164),
    "sysinfo": Call(99, 179),
    "uname": Call(63, 160),
}
