"""The list of allowed system calls, and the seccomp filter made of it."""

import pytest

from uploads.worker.confinement import seccomp
from uploads.worker.confinement.calls import allowed
from uploads.worker.confinement.seccomp import ALLOW, ARCHITECTURES, KILL, REFUSE, program

PID = 4711
X32 = 0x4000_0000
# By machine; from the kernel's tables.
FORBIDDEN = {
    "x86_64": {
        "socket": 41,
        "connect": 42,
        "bind": 49,
        "sendto": 44,
        "fork": 57,
        "vfork": 58,
        "execve": 59,
        "execveat": 322,
        "clone3": 435,
        "kill": 62,
        "tkill": 200,
        "rt_sigqueueinfo": 129,
        "pidfd_open": 434,
        "ptrace": 101,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "chmod": 90,
        "rename": 82,
        "mount": 165,
        "unshare": 272,
        "setns": 308,
        "bpf": 321,
        "io_uring_setup": 425,
        "userfaultfd": 323,
        "seccomp": 317,
        "ioctl": 16,
    },
    "aarch64": {
        "socket": 198,
        "connect": 203,
        "bind": 200,
        "sendto": 206,
        "execve": 221,
        "execveat": 281,
        "clone3": 435,
        "kill": 129,
        "tkill": 130,
        "rt_sigqueueinfo": 138,
        "pidfd_open": 434,
        "ptrace": 117,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "fchmodat": 53,
        "renameat": 38,
        "mount": 40,
        "unshare": 97,
        "setns": 268,
        "bpf": 280,
        "io_uring_setup": 425,
        "userfaultfd": 282,
        "seccomp": 277,
        "ioctl": 29,
    },
}

each_machine = pytest.mark.parametrize("machine", ARCHITECTURES)


def answer(machine: str, number: int, *arguments: int, architecture: int = 0) -> int:
    """Return the kernel's result for a call, by interpreting the filter."""
    words = {0: number, 4: architecture or ARCHITECTURES[machine][0]}
    for index, argument in enumerate((*arguments, 0, 0, 0, 0, 0, 0)[:6]):
        words[16 + 8 * index] = argument & 0xFFFF_FFFF
        words[20 + 8 * index] = argument >> 32
    code = program(machine, allowed(PID).values())
    at = loaded = 0
    while True:
        operation, yes, no, value = code[at]
        at += 1
        match operation:
            case seccomp._LOAD:
                loaded = words[value]
            case seccomp._IF_EQUAL:
                at += yes if loaded == value else no
            case seccomp._IF_BIT:
                at += yes if loaded & value else no
            case _:
                return value


@each_machine
def test_seccomp_filter_allows_calls_of_decoding(machine: str) -> None:
    for call in allowed(PID).values():
        if not call.only and getattr(call, machine) >= 0:
            assert answer(machine, getattr(call, machine)) == ALLOW


@each_machine
def test_seccomp_filter_refuses_all_other_calls(machine: str) -> None:
    listed = {getattr(call, machine) for call in allowed(PID).values()}

    assert {answer(machine, number) for number in set(range(600)) - listed} == {REFUSE}
    assert not listed & set(FORBIDDEN[machine].values())


@each_machine
def test_seccomp_allows_new_threads_but_no_processes(machine: str) -> None:
    clone = getattr(allowed(PID)["clone"], machine)

    assert answer(machine, clone, 0x3D0F00) == ALLOW  # as the C library starts a thread
    assert answer(machine, clone, 0x1200011) == REFUSE  # as it forks


@each_machine
def test_child_may_signal_and_limit_only_itself(machine: str) -> None:
    calls = allowed(PID)
    signal, limit = (getattr(calls[name], machine) for name in ("tgkill", "prlimit64"))

    assert [answer(machine, signal, pid) for pid in (PID, 1)] == [ALLOW, REFUSE]
    assert [answer(machine, limit, pid) for pid in (0, 1)] == [ALLOW, REFUSE]


@each_machine
def test_seccomp_allows_prctl_only_to_set_the_name(machine: str) -> None:
    prctl = getattr(allowed(PID)["prctl"], machine)

    assert [option for option in range(80) if answer(machine, prctl, option) == ALLOW] == [15]


@each_machine
def test_seccomp_refuses_fcntl_commands_that_send_signals(machine: str) -> None:
    fcntl = getattr(allowed(PID)["fcntl"], machine)
    answers = {command: answer(machine, fcntl, 1, command) for command in range(1100)}

    assert {command for command, verdict in answers.items() if verdict == ALLOW} == {0, 1, 2, 3, 1030}


@each_machine
def test_system_call_of_another_architecture_kills_the_process(machine: str) -> None:
    i386 = 0x4000_0003

    assert answer(machine, 1, architecture=i386) == KILL


def test_x32_system_calls_are_refused() -> None:
    assert {answer("x86_64", X32 | number) for number in range(600)} == {REFUSE}
