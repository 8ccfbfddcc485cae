"""A network file and the manifest that goes with it: drafting and writing."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.thresholds import unmeasured
from vision.labels import LABELS
from vision.manifest import Manifest

LICENCE = "AGPL-3.0-or-later"  # Ultralytics' terms reach the weights made with it
NAME = "ppe"
# No file that ships may tell where it was made.
MACHINE_PATH = re.compile(rb"/(?:root|home|work|tmp|Users|mnt|opt)/[\w.-]+|[A-Z]:\\\\?Users")
MAX_BYTES = 12 * 1000 * 1000  # phones fetch it over the air


def draft_manifest(
    network: Path,
    side: int,
    version: str,
    trained_on: Sequence[str] = (),
    metrics: dict[str, Any] | None = None,
) -> Manifest:
    """The manifest of a network that nobody has measured yet: no class is supported.

    Args:
        network: the file, ONNX or checkpoint.
        side: long edge of the input, pixels.
        version: of the network, e.g. a date.
        trained_on: names of the sources.
        metrics: figures known already.
    """
    return Manifest(
        name=NAME,
        version=version,
        file=network.name,
        sha256=hashlib.sha256(network.read_bytes()).hexdigest(),
        input_side=side,
        classes=tuple(unmeasured(label) for label in LABELS),
        licence=LICENCE,
        trained_on=tuple(trained_on),
        metrics=metrics or {},
    )


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest as JSON that a person can read and a diff can show."""
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
