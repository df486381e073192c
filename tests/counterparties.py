"""Servers of others that exports are sent to: S3 (s3rver), Azure Blob Storage (Azurite), SFTP (OpenSSH's sshd)."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from product import ROOT

MODULES = ROOT / "tests/counterparties/node_modules"
S3_KEY, S3_SECRET = "S3RVER", "S3RVER"
# The account and the key that every Azurite has.
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Counterparty:
    """A server of its own process; stopped by the end of its `with` block."""

    def __init__(self, command, port, log):
        self.port = port
        self.log = Path(log)
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < end, self.log.read_text(errors="replace")
                time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


def s3(folder, bucket):
    """An S3 server with one bucket; what is written lies below `folder`."""
    port = free_port()
    command = ["node", MODULES / "s3rver/bin/s3rver.js", "--directory", folder, "--address", "127.0.0.1", "--port", port,
               "--configure-bucket", bucket]
    return Counterparty(command, port, folder / "s3.log")


def azure(folder):
    """An Azure Blob server, still without containers."""
    port = free_port()
    command = ["node", MODULES / "azurite/dist/src/blob/main.js", "--blobHost", "127.0.0.1", "--blobPort", port,
               "--location", folder, "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    return Counterparty(command, port, folder / "azure.log")


class Sftp(Counterparty):
    """An SFTP server that lets this user in with one key."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("host", "user", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        shutil.copy(folder / "user.pub", folder / "authorized_keys")
        (folder / "authorized_keys").chmod(0o600)
        port = free_port()
        (folder / "sshd_config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
            "StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPidFile none\n"
            "PermitRootLogin yes\nSubsystem sftp internal-sftp\n"
        )
        if os.geteuid() == 0:
            # As root sshd wants the folder that it locks its children into.
            Path("/run/sshd").mkdir(exist_ok=True)
        super().__init__([shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"], port, folder / "sshd.log")

    def settings(self, **more):
        """Settings of a destination there."""
        host_key = " ".join((self.folder / "host.pub").read_text().split()[:2])
        private_key = (self.folder / "user").read_text()
        user = os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True).strip()
        return {"kind": "sftp", "host": "127.0.0.1", "port": self.port, "user": user, "host_key": host_key,
                "private_key": private_key, "folder": str(self.folder / "incoming")} | more
