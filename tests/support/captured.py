"""Child processes taken over by the file that they open.

`python -m tests.support.captured DESCRIPTOR` is their fork server. Each child tries all attacks below, and
reports their outcomes.
"""

import ctypes
import errno
import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from uploads.worker import child, fork_server
from uploads.worker.confinement import landlock, layers, seccomp
from uploads.worker.confinement.layers import Layer
from uploads.worker.tasks import ConversionResult, Reason, Task, TaskKind, UploadRejected

DONE = "done"
# Separates the picture at the beginning of the file from the targets.
MARK = b"\nTARGETS "
_PTRACE_SEIZE, _PTRACE_INTERRUPT, _PTRACE_DETACH = 0x4206, 0x4207, 17
_ALL_CHILDREN = 0x4000_0000
# Read before forking, because reading it is a system call.
_fork_server = os.getpid()
_NEW_USER, _NEW_NETWORK = 0x1000_0000, 0x4000_0000


@dataclass(frozen=True, slots=True)
class Targets:
    """The attacker's knowledge: the server's process, files and neighbours; and how the child is to be
    confined."""

    confined_by: str
    server: int
    address: int
    database: str
    secret_key: str
    code: str
    port: int
    unix_socket: str
    abstract_socket: str

    def to_file(self, picture: bytes) -> bytes:
        return picture + MARK + json.dumps(asdict(self)).encode()

    @classmethod
    def from_file(cls, content: bytes) -> Self:
        return cls(**json.loads(content.rpartition(MARK)[2]))


def read_the_servers_environment(targets: Targets) -> None:
    assert b"IM66_SECRET_KEY" in _read(f"/proc/{targets.server}/environ")


def read_the_servers_memory(targets: Targets) -> None:
    with open(f"/proc/{targets.server}/mem", "rb", buffering=0) as memory:
        memory.seek(targets.address)
        memory.read(16)


def read_the_servers_memory_by_a_system_call(targets: Targets) -> None:
    buffer = ctypes.create_string_buffer(16)
    here = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), 16)
    there = (ctypes.c_ulong * 2)(targets.address, 16)
    _libc("process_vm_readv", targets.server, here, 1, there, 1, 0)


def look_at_the_servers_open_files(targets: Targets) -> None:
    os.readlink(f"/proc/{targets.server}/fd/1")


def look_at_the_servers_mappings(targets: Targets) -> None:
    _read(f"/proc/{targets.server}/maps")


def trace_the_server(targets: Targets) -> None:
    _libc("ptrace", _PTRACE_SEIZE, targets.server, 0, 0)
    _libc("ptrace", _PTRACE_INTERRUPT, targets.server, 0, 0)
    os.waitpid(targets.server, _ALL_CHILDREN)
    _libc("ptrace", _PTRACE_DETACH, targets.server, 0, 0)


def signal_the_server(targets: Targets) -> None:
    os.kill(targets.server, signal.SIGCONT)


def signal_the_server_by_its_descriptor(targets: Targets) -> None:
    server = os.pidfd_open(targets.server)
    try:
        signal.pidfd_send_signal(server, signal.SIGCONT)
    finally:
        os.close(server)


def signal_the_server_by_a_pipe(targets: Targets) -> None:
    # The kernel would send this signal when the pipe has room.
    fcntl.fcntl(sys.stdout, fcntl.F_SETOWN, targets.server)


def limit_the_server(targets: Targets) -> None:
    resource.prlimit(targets.server, resource.RLIMIT_CORE)


def slow_the_server_down(targets: Targets) -> None:
    os.setpriority(os.PRIO_PROCESS, targets.server, os.getpriority(os.PRIO_PROCESS, targets.server))


def signal_the_fork_server(targets: Targets) -> None:
    os.kill(_fork_server, signal.SIGCONT)


def read_the_fork_servers_memory(targets: Targets) -> None:
    # A forked child has its objects at the same addresses as the fork server.
    with open(f"/proc/{_fork_server}/mem", "rb", buffering=0) as memory:
        memory.seek(id(targets))
        memory.read(16)


def trace_the_fork_server(targets: Targets) -> None:
    trace_the_server(replace(targets, server=_fork_server))


def read_the_database(targets: Targets) -> None:
    assert _read(targets.database).startswith(b"SQLite")


def write_to_the_database(targets: Targets) -> None:
    os.close(os.open(targets.database, os.O_WRONLY))


def put_a_file_beside_the_database(targets: Targets) -> None:
    path = Path(targets.database).with_name(f"planted-{os.getpid()}")
    path.touch()
    path.unlink()


def rename_the_secret_key(targets: Targets) -> None:
    os.rename(targets.secret_key, targets.secret_key + ".gone")
    os.rename(targets.secret_key + ".gone", targets.secret_key)


def open_the_database_to_all(targets: Targets) -> None:
    os.chmod(targets.database, os.stat(targets.database).st_mode)


def link_to_the_database(targets: Targets) -> None:
    os.symlink(targets.database, "link")
    os.unlink("link")


def read_the_secret_key(targets: Targets) -> None:
    _read(targets.secret_key)


def read_the_code(targets: Targets) -> None:
    _read(targets.code)


def write_to_the_code(targets: Targets) -> None:
    os.close(os.open(targets.code, os.O_WRONLY | os.O_APPEND))


def list_the_disk(targets: Targets) -> None:
    os.listdir("/")


def read_the_list_of_users(targets: Targets) -> None:
    _read("/etc/passwd")


def write_to_tmp(targets: Targets) -> None:
    path = Path(f"/tmp/im66-planted-{os.getpid()}")
    path.touch()
    path.unlink()


def put_a_second_file_into_the_folder(targets: Targets) -> None:
    Path("more").touch()
    Path("more").unlink()


def make_a_folder(targets: Targets) -> None:
    Path("folder").mkdir()
    Path("folder").rmdir()


def write_to_the_source(targets: Targets) -> None:
    Path("source").open("ab").close()


def leave_the_folder(targets: Targets) -> None:
    os.listdir("..")


def connect_by_tcp(targets: Targets) -> None:
    socket.create_connection(("127.0.0.1", targets.port), 5).close()


def send_by_udp(targets: Targets) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"x", ("127.0.0.1", targets.port))


def listen(targets: Targets) -> None:
    socket.create_server(("127.0.0.1", 0)).close()


def connect_to_a_unix_socket(targets: Targets) -> None:
    _connect(targets.unix_socket)


def connect_to_an_abstract_socket(targets: Targets) -> None:
    _connect("\0" + targets.abstract_socket)


def run_a_shell(targets: Targets) -> None:
    output = subprocess.run(["/bin/sh", "-c", "echo hello"], capture_output=True, check=True).stdout
    assert output == b"hello\n"


def become_a_shell(targets: Targets) -> None:
    # The program does not exist, so only a confined process gets another error than FileNotFoundError.
    try:
        os.execv("/bin/im66-not-there", ["sh"])
    except FileNotFoundError:
        return


def fork(targets: Targets) -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


def become_root_of_a_namespace(targets: Targets) -> None:
    _libc("unshare", _NEW_USER | _NEW_NETWORK)


def use_an_io_ring(targets: Targets) -> None:
    parameters = ctypes.create_string_buffer(256)
    os.close(_libc("syscall", 425, 1, parameters))


def make_a_file_in_memory(targets: Targets) -> None:
    os.close(os.memfd_create("program"))


ATTEMPTS: dict[str, Callable[[Targets], None]] = {
    attempt.__name__: attempt
    for attempt in (
        read_the_servers_environment,
        read_the_servers_memory,
        read_the_servers_memory_by_a_system_call,
        look_at_the_servers_open_files,
        look_at_the_servers_mappings,
        trace_the_server,
        signal_the_server,
        signal_the_server_by_its_descriptor,
        signal_the_server_by_a_pipe,
        limit_the_server,
        slow_the_server_down,
        signal_the_fork_server,
        read_the_fork_servers_memory,
        trace_the_fork_server,
        read_the_database,
        write_to_the_database,
        put_a_file_beside_the_database,
        rename_the_secret_key,
        open_the_database_to_all,
        link_to_the_database,
        read_the_secret_key,
        read_the_code,
        write_to_the_code,
        list_the_disk,
        read_the_list_of_users,
        write_to_tmp,
        put_a_second_file_into_the_folder,
        make_a_folder,
        write_to_the_source,
        leave_the_folder,
        connect_by_tcp,
        send_by_udp,
        listen,
        connect_to_a_unix_socket,
        connect_to_an_abstract_socket,
        run_a_shell,
        become_a_shell,
        fork,
        use_an_io_ring,
        make_a_file_in_memory,
        # The last attack, because it changes the process.
        become_root_of_a_namespace,
    )
}


def capture() -> None:
    """Run the fork server of children whose converter is the attack."""
    child.CONVERTERS = dict.fromkeys(TaskKind, _attack)
    confined = child._confine

    def confined_as_requested(task: Task) -> Task:
        confinement = Targets.from_file(Path(task.source).read_bytes()).confined_by
        layers.confine = CONFINEMENTS[confinement]  # type: ignore[assignment]
        return confined(task)

    child._confine = confined_as_requested
    fork_server.main(int(sys.argv[1]), child.live)


def _nothing(readable: Iterable[Path], writable: Sequence[Path]) -> list[Layer]:
    return []


def _no_capabilities(readable: Iterable[Path], writable: Sequence[Path]) -> list[Layer]:
    layers.drop_capabilities()
    return []


def _landlock(readable: Iterable[Path], writable: Sequence[Path]) -> list[Layer]:
    layers.set_no_new_privileges()
    return [layers._landlock(readable, writable)]


def _first_landlock(readable: Iterable[Path], writable: Sequence[Path]) -> list[Layer]:
    """Confine as on a kernel with only the first version of Landlock."""
    landlock.version = lambda: 1
    return _landlock(readable, writable)


def _seccomp(readable: Iterable[Path], writable: Sequence[Path]) -> list[Layer]:
    layers.set_no_new_privileges()
    seccomp.restrict()
    return []


CONFINEMENTS: dict[str, Callable[[Iterable[Path], Sequence[Path]], list[Layer]]] = {
    "everything": layers.confine,
    "nothing": _nothing,
    "no capabilities": _no_capabilities,
    "Landlock": _landlock,
    "the first Landlock": _first_landlock,
    "seccomp": _seccomp,
}


def _attack(task: Task) -> ConversionResult:
    targets = Targets.from_file(Path(task.source).read_bytes())
    outcomes = {name: _outcome(attempt, targets) for name, attempt in ATTEMPTS.items()}
    inherited = {"environment": sorted(os.environ), "open files": _descriptors()}
    report = json.dumps({"outcomes": outcomes, **inherited})
    raise UploadRejected(Reason.BROKEN, report)  # type: ignore[arg-type]


def _outcome(attempt: Callable[[Targets], None], targets: Targets) -> str:
    try:
        attempt(targets)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, repr(error)[:60])
    except Exception as error:
        return repr(error)[:60]
    return DONE


def _descriptors() -> list[int]:
    return [number for number in range(1024) if _is_open(number)]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(1024 * 1024)


def _connect(address: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(address)


def _libc(function: str, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    result: int = getattr(library, function)(
        *(ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    )
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


if __name__ == "__main__":
    capture()
