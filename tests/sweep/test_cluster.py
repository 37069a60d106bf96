"""Joining a scheduler that wants certificates."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tasks
from twin.simulation.batch import Failed, work
from twin.sweep.cluster import ClusterWorkers, Tls


@pytest.mark.slow
def test_a_scheduler_with_tls_is_joined_with_certificates_only(tmp_path: Path) -> None:
    certificate = _certificate(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tls://127.0.0.1:{port}"
    loopback = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
    tls = ["--tls-ca-file", certificate.ca, "--tls-cert", certificate.cert, "--tls-key", certificate.key]
    commands = (
        ["scheduler", *loopback, *tls, "--protocol", "tls", "--port", str(port)],
        ["worker", address, *loopback, *tls, "--protocol", "tls", "--nthreads", "1"],
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments],
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
            env={"PYTHONPATH": str(Path.cwd()), "PATH": ""},
        )
        for role, *arguments in commands
    ]
    try:
        with ClusterWorkers(address, certificate) as workers:
            results = dict(work(tasks.fails, ["error", "nothing"], workers))
        assert results == {"error": Failed("error", "ValueError: two lines"), "nothing": None}
        with pytest.raises(OSError):
            ClusterWorkers(address.replace("tls", "tcp"), wait_s=3)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(30)


def _certificate(folder: Path) -> Tls:
    """Make a certificate that signs itself."""
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=twin"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return Tls(cert, cert, key)
