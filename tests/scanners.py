"""A real `clamd` when the machine has one, and always a server that speaks like it; the run says which."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
KINDS = ["imitation", *(["clamd"] if CLAMD else [])]
FOUND, CLEAN = b"stream: Eicar-Test-Signature FOUND\0", b"stream: OK\0"
type Answering = Callable[[bytes], bytes]


def told() -> str:
    """What the report of a run says."""
    if not CLAMD:
        return "imitation de clamd (aucun sur cette machine)"
    version = subprocess.run([CLAMD, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return f"imitation et vrai clamd, {version}"


def verdict(data: bytes) -> bytes:
    """What clamd answers for the test file, and for anything else."""
    return FOUND if EICAR in data else CLEAN


@contextmanager
def imitation(folder: Path, *, answer: Answering = verdict, tcp: bool = False) -> Iterator[str]:
    """A server that takes INSTREAM as clamd does; gives its address."""
    server = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
    server.bind(("127.0.0.1", 0) if tcp else str(folder / "imitation.sock"))
    server.listen()
    thread = threading.Thread(target=_serve, args=(server, answer))
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}" if tcp else str(folder / "imitation.sock")
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def _serve(server: socket.socket, answer: Answering) -> None:
    with suppress(OSError):
        while True:
            link, _ = server.accept()
            with link, link.makefile("rb") as stream, suppress(OSError):
                assert stream.read(10) == b"zINSTREAM\0"
                data = b""
                while size := int.from_bytes(stream.read(4), "big"):
                    data += stream.read(size)
                link.sendall(answer(data))


@contextmanager
def clamd(folder: Path) -> Iterator[str]:
    """A real one that knows the test file alone: signatures come from the network, which the suite never asks."""
    assert CLAMD
    (folder / "signatures").mkdir()
    (folder / "signatures" / "test.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n", encoding="ascii")
    address = folder / "clamd.sock"
    lines = {"LocalSocket": address, "Foreground": "yes", "DatabaseDirectory": folder / "signatures"}
    lines |= {"TemporaryDirectory": folder, "PidFile": folder / "clamd.pid"}
    (folder / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in lines.items()), encoding="utf-8")
    command = [CLAMD, "--config-file", str(folder / "clamd.conf")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    lines_said = iter(process.stdout.readline, "")
    assert any("Self checking" in line for line in lines_said), "clamd did not start"
    drain = threading.Thread(target=lambda: [None for _ in lines_said])
    drain.start()
    try:
        yield str(address)
    finally:
        process.terminate()
        process.wait(timeout=30)
        drain.join()
        process.stdout.close()


def scanner(kind: str, folder: Path) -> Iterator[str]:
    """The one of a kind, ready to answer."""
    with clamd(folder) if kind == "clamd" else imitation(folder) as address:
        yield address
