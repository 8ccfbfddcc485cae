"""COCO and CVAT, read and written by the package labelformat (extra `formats`)."""

import json
from collections.abc import Iterable
from pathlib import Path

from labelformat.formats.coco import COCOObjectDetectionInput, COCOObjectDetectionOutput
from labelformat.formats.cvat import CVATObjectDetectionInput, CVATObjectDetectionOutput
from labelformat.model.bounding_box import BoundingBox
from labelformat.model.category import Category
from labelformat.model.image import Image
from labelformat.model.object_detection import (
    ImageObjectDetection,
    ObjectDetectionInput,
    SingleObjectDetection,
)
from labelformat.types import ParseError

from datasets.errors import DatasetError
from datasets.formats.sets import LabelledPicture, LabelSet, labels_file, picture_path


class _Set(ObjectDetectionInput):
    """Our set as labelformat takes it."""

    def __init__(self, label_set: LabelSet) -> None:
        self.label_set = label_set

    @staticmethod
    def add_cli_arguments(parser: object) -> None:
        """Nothing: labelformat's own command line is not used."""

    def get_categories(self) -> Iterable[Category]:
        """Numbered from 1: COCO's tools take 0 for background."""
        return [Category(number, name) for number, name in enumerate(self.label_set.classes, 1)]

    def get_images(self) -> Iterable[Image]:
        """The pictures, numbered in their order."""
        return [
            Image(number, picture.file, *picture.size)
            for number, picture in enumerate(self.label_set.pictures)
        ]

    def get_labels(self) -> Iterable[ImageObjectDetection]:
        """The pictures with their boxes."""
        categories = {category.name: category for category in self.get_categories()}
        return [
            ImageObjectDetection(
                image,
                [
                    SingleObjectDetection(categories[name], BoundingBox(*box))
                    for name, box in picture.boxes
                ],
            )
            for image, picture in zip(self.get_images(), self.label_set.pictures, strict=True)
        ]


def read_coco(path: Path) -> LabelSet:
    """A COCO file of boxes."""
    file = labels_file(path, ".json")
    try:
        return _taken(COCOObjectDetectionInput(file), file)
    except (OSError, ValueError, KeyError, TypeError, ParseError) as error:
        raise DatasetError("dataset.format_unreadable", f"{file}: {error!r}") from error


def write_coco(label_set: LabelSet, folder: Path) -> None:
    """`annotations.json`."""
    file = folder / "annotations.json"
    COCOObjectDetectionOutput(file).save(_Set(label_set))
    # labelformat 0.1 leaves out what pycocotools and CVAT ask for. From 1: 0 is "unmatched".
    content = json.loads(file.read_text(encoding="utf-8"))
    for number, row in enumerate(content["annotations"], 1):
        _, _, width, height = row["bbox"]
        row |= {"id": number, "area": width * height, "iscrowd": 0}
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_cvat(path: Path) -> LabelSet:
    """An XML file "CVAT for images 1.1"."""
    file = labels_file(path, ".xml")
    try:
        return _taken(CVATObjectDetectionInput(file), file)
    except (OSError, ValueError, ParseError) as error:
        raise DatasetError("dataset.format_unreadable", f"{file}: {error}") from error


def write_cvat(label_set: LabelSet, folder: Path) -> None:
    """`annotations.xml`."""
    CVATObjectDetectionOutput(folder).save(_Set(label_set))


def _taken(found: ObjectDetectionInput, file: Path) -> LabelSet:
    pictures = []
    for labelled in found.get_labels():
        boxes = tuple(
            (thing.category.name, (thing.box.xmin, thing.box.ymin, thing.box.xmax, thing.box.ymax))
            for thing in labelled.objects
        )
        path = picture_path(file.parent, labelled.image.filename)
        size = (labelled.image.width, labelled.image.height)
        pictures.append(LabelledPicture(path, size, boxes))
    return LabelSet(tuple(c.name for c in found.get_categories()), tuple(pictures))
