"""Errors of making a network, a branch of `vision.errors.PpeError`.

    PpeError
    └── MakeError   a network cannot be trained, exported, measured or described   make.*

The codes are stable, as all of `PpeError`'s are.
"""

from typing import ClassVar

from vision.errors import PpeError


class MakeError(PpeError):
    """A step of making a network cannot be done."""

    codes: ClassVar[dict[str, str]] = {
        "make.extra_missing": "install the named extra, e.g. pip install 'ppe-check[train]'",
        "make.file_missing": "check the path",
        "make.classes_differ": "train with the label space of `vision.labels`",
        "make.too_large": "export a smaller network",
        "make.differs_from_torch": "the export is wrong: try another opset or exporter version",
        "make.machine_path_inside": "the export kept a path of this machine: strip it",
        "make.layer_missing": "name the layers of this network in models/mess_head.py",
        "make.notes_unfinished": "fill in models/card_notes.yaml",
    }
