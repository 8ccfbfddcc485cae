"""A set of labelled pictures, and the one way in and the one way out for all formats."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath

from datasets.boxes import Box
from datasets.errors import DatasetError

KNOWN = "known.json"


class Format(StrEnum):
    """A layout that can be read and written."""

    SOURCE = "source"
    YOLO = "yolo"
    COCO = "coco"
    CVAT = "cvat"
    LABEL_STUDIO = "label-studio"


@dataclass(frozen=True)
class LabelledPicture:
    """One picture: boxes are class name and x1, y1, x2, y2 in pixels of the stored picture."""

    path: Path
    size: tuple[int, int]  # width, height
    boxes: tuple[tuple[str, Box], ...]
    name: str = ""

    @property
    def file(self) -> str:
        """Its name in a set: `name`, else that of the file."""
        return self.name or self.path.name


@dataclass(frozen=True)
class LabelSet:
    """Pictures with boxes of named classes.

    Attributes:
        classes: every class there may be, in order.
        pictures: in a stable order.
        known: stem of a picture → classes that it is exhaustive about; pictures that are not named
            are exhaustive about nothing that anybody knows of.
    """

    classes: tuple[str, ...]
    pictures: tuple[LabelledPicture, ...]
    known: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read(path: Path, layout: Format | None = None) -> LabelSet:
    """Read a set.

    Args:
        path: its folder, or its file of labels with `images/` beside it.
        layout: its format; None: told from the files.

    Raises:
        DatasetError: `dataset.format_unknown`, `dataset.format_unreadable`,
            `dataset.label_unreadable`, `dataset.picture_unreadable`.
    """
    from datasets.formats import label_studio, through_labelformat, yolo  # noqa: PLC0415

    if not path.exists():
        raise DatasetError("dataset.format_unreadable", f"there is no {path}")
    readers: dict[Format, Callable[[Path], LabelSet]] = {
        Format.SOURCE: yolo.read_source,
        Format.YOLO: yolo.read_yolo,
        Format.COCO: through_labelformat.read_coco,
        Format.CVAT: through_labelformat.read_cvat,
        Format.LABEL_STUDIO: label_studio.read_tasks,
    }
    found = readers[layout or guess_format(path)](path)
    twice = [
        name for name, n in Counter(Path(p.file).stem for p in found.pictures).items() if n > 1
    ]
    if twice:
        raise DatasetError(
            "dataset.format_unreadable", f"{path}: two pictures are called {twice[0]}"
        )
    return LabelSet(found.classes, found.pictures, _read_known(path))


def write(label_set: LabelSet, folder: Path, layout: Format) -> None:
    """Write a set and copy its pictures.

    Raises:
        DatasetError: `dataset.output_unusable`, `dataset.picture_unreadable`.
    """
    from datasets.formats import label_studio, through_labelformat, yolo  # noqa: PLC0415

    writers: dict[Format, Callable[[LabelSet, Path], None]] = {
        Format.SOURCE: yolo.write_source,
        Format.YOLO: yolo.write_yolo,
        Format.COCO: through_labelformat.write_coco,
        Format.CVAT: through_labelformat.write_cvat,
        Format.LABEL_STUDIO: label_studio.write_tasks,
    }
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        for picture in label_set.pictures:
            target = folder / "images" / picture.file
            if not (target.exists() and target.samefile(picture.path)):
                shutil.copyfile(picture.path, target)
        writers[layout](label_set, folder)
        if label_set.known:
            known = {stem: list(names) for stem, names in label_set.known.items()}
            (folder / KNOWN).write_text(json.dumps(known, indent=0) + "\n", encoding="utf-8")
    except OSError as error:
        raise DatasetError(
            "dataset.output_unusable", f"cannot write to {folder}: {error}"
        ) from error


def guess_format(path: Path) -> Format:
    """The format of a set, by its files.

    Raises:
        DatasetError: `dataset.format_unknown`.
    """
    inside = sorted(path.iterdir()) if path.is_dir() else [path]
    names = {file.name for file in inside}
    jsons = [f for f in inside if f.suffix == ".json" and f.name != KNOWN]
    if "classes.txt" in names:
        return Format.SOURCE
    if names & {"data.yaml", "data.yml"} or path.suffix in (".yaml", ".yml"):
        return Format.YOLO
    if any(file.suffix == ".xml" and file.name != "label_config.xml" for file in inside):
        return Format.CVAT
    if len(jsons) == 1:
        start = jsons[0].read_text(encoding="utf-8", errors="replace").lstrip()[:1]
        return Format.LABEL_STUDIO if start == "[" else Format.COCO
    raise DatasetError(
        "dataset.format_unknown", f"cannot tell the format of {path}; name it with --from"
    )


def labels_file(path: Path, suffix: str) -> Path:
    """The one file of labels in a set's folder.

    Raises:
        DatasetError: there is none, or there are several.
    """
    if not path.is_dir():
        return path
    skipped = (KNOWN, "label_config.xml")
    found = [f for f in sorted(path.glob(f"*{suffix}")) if f.name not in skipped]
    if len(found) != 1:
        raise DatasetError(
            "dataset.format_unreadable", f"{path} holds {len(found)} {suffix} files; name one"
        )
    return found[0]


def picture_path(beside: Path, name: str) -> Path:
    """The picture that a file of labels names; only its last part counts.

    Raises:
        DatasetError: `dataset.picture_unreadable`: it is not in `images/`.
    """
    path = beside / "images" / PurePosixPath(name.replace("\\", "/")).name
    if not path.is_file():
        raise DatasetError("dataset.picture_unreadable", f"there is no {path}")
    return path


def _read_known(path: Path) -> dict[str, list[str]]:
    file = (path if path.is_dir() else path.parent) / KNOWN
    if not file.is_file():
        return {}
    try:
        rows: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError("dataset.format_unreadable", f"{file}: {error}") from error
    return rows
