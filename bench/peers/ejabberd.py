"""ejabberd, configured for archived rooms and for speed.

It runs without Erlang's distribution, so it needs no epmd and no cookie; `ejabberdctl`, which needs both, is
not used. It has one core, so it has one scheduler, which does not spin while it is idle.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.peers.servers import Peer, program
from bench.peers.stanzas import DOMAIN, ENDPOINT, ROOMS
from bench.sockets import HOST
from testkit.services import Unavailable

_LIBRARIES = Path("/usr/lib")
_CONFIGURATION = f"""\
hosts: [{DOMAIN}]
loglevel: error
auth_method: anonymous
listen:
  - port: %d
    ip: {HOST}
    module: ejabberd_http
    request_handlers:
      {ENDPOINT}: ejabberd_http_ws
modules:
  mod_mam: {{}}
  mod_muc:
    host: {ROOMS}
    max_users: 10000
    history_size: 0
    default_room_options:
      mam: true
      persistent: true
      max_users: 10000
  mod_version:
    show_os: false
"""


class Ejabberd(Peer):
    """Archives and rooms are in Mnesia, on disk, which is the default."""

    name = "ejabberd"
    package = "ejabberd"

    def command(self, folder: Path) -> Sequence[str]:
        _libraries()
        return [
            *(program("erl"), "-noinput", "+S", "1:1"),
            *("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"),
            *("-mnesia", "dir", f'"{folder / "mnesia"}"', "-s", "ejabberd"),
        ]

    def settings(self, folder: Path) -> Mapping[str, str]:
        return {
            "ERL_LIBS": str(_libraries()),
            "ERL_CRASH_DUMP_BYTES": "0",
            "EJABBERD_CONFIG_PATH": str(folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
        }

    def configure(self, folder: Path, port: int) -> None:
        (folder / "ejabberd.yml").write_text(_CONFIGURATION % port)


def _libraries() -> Path:
    """Return the folder of ejabberd and its libraries. Raises Unavailable."""
    for path in _LIBRARIES.glob("*/ejabberd-*/ebin/ejabberd.app"):
        return path.parents[2]
    raise Unavailable(f"no ejabberd below {_LIBRARIES}")
