"""The photo store: whole files under the sha256 of their content, in a folder or on S3.

A row in the table `photos` and its blob belong together. The blob is written first, then the row
with the check, in one transaction; whoever drops a blob holds the row's lock while doing so. So a
crash can leave a blob without a row (`ppe storage verify --repair` deletes it), never a row without
its blob.
"""

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec

from api.settings import Settings


class PhotoStore:
    """Blobs by content address; safe to share between threads."""

    def __init__(self, filesystem: Any, root: str, folder: Path | None) -> None:
        self._fs = filesystem
        self._root = root
        self._folder = folder

    @classmethod
    def open(cls, settings: Settings) -> "PhotoStore":
        """The store that the settings name; makes its folder or bucket where there is none."""
        address = settings.store_address
        options: dict[str, Any] = {}
        if address.startswith("s3://"):
            secret = settings.s3_secret.get_secret_value() if settings.s3_secret else None
            options = {"key": settings.s3_key, "secret": secret, "use_listings_cache": False}
            if settings.s3_endpoint:
                options["client_kwargs"] = {"endpoint_url": settings.s3_endpoint}
        filesystem, root = fsspec.core.url_to_fs(address, **options)
        local = "file" in filesystem.protocol
        store = cls(filesystem, root.rstrip("/"), Path(root) if local else None)
        filesystem.makedirs(store._root if local else store._root.split("/")[0], exist_ok=True)
        return store

    def put(self, data: bytes) -> str:
        """Store a file, durably, before this returns.

        Returns:
            Its address, the sha256 in hexadecimal digits.
        """
        address = hashlib.sha256(data).hexdigest()
        if self._folder is None:
            self._fs.pipe_file(self._path(address), data)  # S3 shows whole objects only
        else:
            _write_whole(Path(self._path(address)), data)
        return address

    def get(self, address: str) -> bytes:
        """The bytes of a file.

        Raises:
            FileNotFoundError: there is none.
        """
        data: bytes = self._fs.cat_file(self._path(address))
        return data

    def has(self, address: str) -> bool:
        """Whether the file is there."""
        return bool(self._fs.exists(self._path(address)))

    def drop(self, address: str) -> None:
        """Delete a file; one that is not there is fine."""
        try:
            self._fs.rm_file(self._path(address))
        except FileNotFoundError:
            return

    def addresses(self) -> Iterator[str]:
        """Every file there is."""
        for path in self._fs.find(self._root):
            name = path.rsplit("/", 1)[-1]
            if len(name) == 64:
                yield name

    def leftovers(self, older_than_s: float) -> list[str]:
        """Parts of files whose writer died, in a folder; S3 has none."""
        if self._folder is None:
            return []
        limit = time.time() - older_than_s
        return [str(p) for p in self._folder.rglob("*.part") if p.stat().st_mtime < limit]

    def drop_leftover(self, path: str) -> bool:
        """Delete one of `leftovers`."""
        Path(path).unlink(missing_ok=True)
        return True

    def is_intact(self, address: str) -> bool:
        """Whether the file is there and is what its address says."""
        try:
            return hashlib.sha256(self.get(address)).hexdigest() == address
        except FileNotFoundError:
            return False

    def is_ready(self) -> bool:
        """Whether the folder or bucket answers."""
        try:
            root = self._root if self._folder is not None else self._root.split("/")[0]
            return bool(self._fs.exists(root))
        except OSError:
            return False

    def _path(self, address: str) -> str:
        return f"{self._root}/{address[:2]}/{address[2:4]}/{address}"


def _write_whole(path: Path, data: bytes) -> None:
    """Under another name first, then renamed: a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
