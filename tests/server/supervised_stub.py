"""Stands for a process that serves, and starts in no time: python -I -S FILE FOLDER --listener=…

Files in FOLDER say what it does: `fail` ends it at once with the status inside, `unready` has it say so,
`silent-PID` sleep, and `spinning-PID` compute.
"""

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

folder = Path(sys.argv[1])
options = dict(argument.removeprefix("--").split("=") for argument in sys.argv[2:])
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
signal.signal(signal.SIGHUP, lambda *_: os._exit(0))
with (folder / "started").open("a") as started:
    started.write(f"{os.getpid()} {os.environ.get('IM66_CONTACT', '')}\n")
if (folder / "fail").exists():
    sys.exit(int((folder / "fail").read_text()))
probes = socket.socket(socket.AF_UNIX)
probes.bind(options["probes"])
probes.listen()
threading.Thread(target=lambda: os._exit(len(os.read(0, 1))), daemon=True).start()
probes.settimeout(0.1)
while True:
    if (folder / f"silent-{os.getpid()}").exists():
        time.sleep(60)
    while (folder / f"spinning-{os.getpid()}").exists():
        pass
    os.utime(options["probes"])
    try:
        connection, _ = probes.accept()
    except TimeoutError:
        continue
    path = connection.recv(1000).split()[1].decode()
    status = 503 if path == "/readyz" and (folder / "unready").exists() else 200
    body = f"# HELP pid The process.\n# TYPE pid gauge\npid {os.getpid()}.0\n"
    head = f"HTTP/1.1 {status} -\r\nContent-Type: text/plain\r\n\r\n"
    connection.sendall((head + body).encode())
    connection.close()
