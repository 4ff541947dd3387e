"""Stores of both kinds: a local folder, and a bucket of a server that speaks the S3 protocol."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsroom.artifacts.blobs import ArtifactStore
from opsroom.artifacts.settings import ArtifactsSettings

sys.path.insert(0, str(Path(__file__).parents[1] / "app"))  # the served house of the edge's tests


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def s3_settings(s3_server: str) -> ArtifactsSettings:
    """Settings of a fresh bucket."""
    bucket = f"b-{uuid.uuid4().hex[:12]}"
    urllib.request.urlopen(urllib.request.Request(f"{s3_server}/{bucket}", method="PUT"), timeout=10).close()
    return ArtifactsSettings(
        backend="s3",
        s3_bucket=bucket,
        s3_endpoint=s3_server,
        s3_prefix="production",
        s3_access_key_id=SecretStr("test-key-id"),
        s3_secret_access_key=SecretStr("test-secret-key"),
    )


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """A store; what holds for one kind must hold for the other."""
    if request.param == "local":
        return ArtifactStore(ArtifactsSettings(), tmp_path / "artifacts")
    return ArtifactStore(request.getfixturevalue("s3_settings"), tmp_path / "artifacts")


@pytest.fixture
def local(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(ArtifactsSettings(), tmp_path / "artifacts")
