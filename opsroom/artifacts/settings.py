"""Settings of the artifacts room."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from opsroom.kernel.shape import Shape

MIB = 1024 * 1024


class ArtifactsSettings(Shape):
    """Where files are kept, how large they may be and for how long they stay."""

    backend: Literal["local", "s3"] = "local"
    """`local` keeps files in the data folder; `s3` in a bucket that speaks the S3 protocol."""
    s3_bucket: str = ""
    """Name of the bucket."""
    s3_endpoint: str | None = None
    """Base URL of the S3 service; not needed for AWS itself."""
    s3_region: str = "us-east-1"
    """Region of the bucket; `auto` for Cloudflare R2."""
    s3_prefix: str = ""
    """Folder inside the bucket, so that several instances can share one."""
    s3_access_key_id: SecretStr | None = None
    """Access key; without one, the machine's own AWS identity is used."""
    s3_secret_access_key: SecretStr | None = None
    """The secret that belongs to the access key."""
    s3_direct_links: bool = False
    """Signed links lead to the bucket itself (faster, but files then carry their hash as name)."""
    max_file_bytes: Annotated[int, Field(ge=1)] = 100 * MIB
    """Ceiling for one file."""
    max_owner_bytes: Annotated[int, Field(ge=1)] = 1024 * MIB
    """Ceiling for all files of one run together."""
    max_owner_files: Annotated[int, Field(ge=1)] = 1_000
    """How many files one run may have."""
    retention_days: Annotated[int, Field(ge=1)] | None = 365
    """Days until a file is deleted; none keeps files for ever."""
    link_expires_s: Annotated[int, Field(ge=1, le=7 * 86_400)] = 3_600
    """Seconds a signed link works, unless the one who makes it says otherwise."""
    sweep_every_s: Annotated[float, Field(ge=1)] = 86_400
    """Seconds between two sweeps of expired files."""
    orphan_grace_s: Annotated[float, Field(ge=60)] = 86_400
    """Seconds a file nobody points at is left alone; more than the longest upload takes."""
