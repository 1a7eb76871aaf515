"""Prosody, configured for archived rooms and for speed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.peers.servers import Peer, program
from bench.peers.stanzas import DOMAIN, ROOMS
from bench.sockets import HOST

_CONFIGURATION = f"""\
data_path = "%s"
log = {{ error = "*stdout" }}
modules_enabled = {{ "saslauth", "version", "websocket" }}
modules_disabled = {{ "s2s", "s2s_auth_certs", "offline" }}
authentication = "anonymous"
c2s_require_encryption = false
consider_websocket_secure = true
c2s_ports = {{ }}
https_ports = {{ }}
http_ports = {{ %d }}
http_interfaces = {{ "{HOST}" }}
http_default_host = "{DOMAIN}"
storage = "internal"
storage_archive_item_limit = 1000000

VirtualHost "{DOMAIN}"

Component "{ROOMS}" "muc"
    modules_enabled = {{ "muc_mam" }}
    muc_room_default_persistent = true
    muc_room_default_history_length = 0
"""


class Prosody(Peer):
    """Archives and rooms are in files, which is the default. The archive's size limit is set too high to be
    reached."""

    name = "prosody"
    package = "prosody"

    def command(self, folder: Path) -> Sequence[str]:
        return [program("prosody"), "--no-daemonize", "--config", str(folder / "prosody.cfg.lua")]

    def settings(self, folder: Path) -> Mapping[str, str]:
        return {}

    def configure(self, folder: Path, port: int) -> None:
        (folder / "prosody.cfg.lua").write_text(_CONFIGURATION % (folder, port))
