"""Errors of the training pictures, a branch of `vision.errors.PpeError`.

    PpeError
    └── DatasetError   the pictures or their labels cannot be used   dataset.*

The codes are stable, as all of `PpeError`'s are. What `ppe dataset check` finds in pictures that
can be read are not errors but `datasets.check.Problem`s, with codes of their own.
"""

from typing import ClassVar

from vision.errors import PpeError


class DatasetError(PpeError):
    """The pictures or their labels cannot be used."""

    codes: ClassVar[dict[str, str]] = {
        "dataset.folder_missing": "name the folder that holds the sources, one folder each",
        "dataset.source_missing": "fetch that source, or take it out of `datasets.sources`",
        "dataset.picture_unreadable": "fetch that picture again",
        "dataset.label_unreadable": "correct the named line: class, centre and size as shares",
        "dataset.list_unreadable": "correct the named CSV file",
        "dataset.format_unknown": "name the format with --from",
        "dataset.format_unreadable": "export the set again from the tool it was made in",
        "dataset.known_missing": "say with --known which labels were looked for, or `all`",
        "dataset.corrections_unreadable": "export again: ppe corrections export",
        "dataset.output_unusable": "choose a folder that can be written to",
        "dataset.extra_missing": "install the named extra, e.g. pip install 'ppe-check[train]'",
    }
