"""Label Studio's JSON: a list of tasks, each a picture with what people drew on it.

Written out here, because the maker's converter (label-studio-sdk) brings thirty packages and an
old OpenCV with it; the form is https://labelstud.io/guide/task_format. Corners are in per cent.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from PIL import Image
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from datasets.boxes import Box
from datasets.errors import DatasetError
from datasets.formats.sets import LabelledPicture, LabelSet, labels_file, picture_path

TASKS, CONFIG = "tasks.json", "label_config.xml"
FROM_NAME, TO_NAME = "label", "image"
SERVED = "/data/local-files/?d=images/"
"""Where Label Studio serves pictures from a folder it was allowed to read (local storage)."""

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # Label Studio puts this before the name of an upload

Percent = Annotated[float, Field(allow_inf_nan=False)]


class Value(BaseModel):
    """A rectangle in per cent of the picture."""

    x: Percent
    y: Percent
    width: Percent
    height: Percent
    rotation: float = 0
    rectanglelabels: list[str] = Field(min_length=1, max_length=1)


class Result(BaseModel):
    """One thing drawn; only `rectanglelabels` have a value that is looked at."""

    type: str
    value: dict[str, Any]


class Annotation(BaseModel):
    """What one person drew on one picture."""

    result: list[Result]
    was_cancelled: bool = False


class Task(BaseModel):
    """One picture."""

    data: dict[str, Any]
    annotations: list[Annotation] = []


_TASKS = TypeAdapter(list[Task])


def read_tasks(path: Path) -> LabelSet:
    """An export "JSON"; of several people's answers to one picture the last counts.

    Pictures that nobody has submitted are left out: nothing is known of them.
    """
    file = labels_file(path, ".json")
    try:
        tasks = _TASKS.validate_json(file.read_bytes())
        done = [(task, _last(task)) for task in tasks]
        pictures = [_picture(file, task, drawn) for task, drawn in done if drawn is not None]
    except (OSError, ValidationError) as error:
        raise DatasetError("dataset.format_unreadable", f"{file}: {error}") from error
    config = file.parent / CONFIG
    classes: list[str] = []
    if config.is_file():
        classes = [str(x.get("value")) for x in ElementTree.parse(config).iter("Label")]
    for picture in pictures:
        classes += [name for name, _ in picture.boxes if name not in classes]
    return LabelSet(tuple(dict.fromkeys(classes)), tuple(pictures))


def write_tasks(label_set: LabelSet, folder: Path) -> None:
    """`tasks.json` to import, and the labelling set-up `label_config.xml`."""
    tasks = [
        {
            "data": {"image": SERVED + picture.file, "file": picture.file},
            "annotations": [
                {"result": [_result(name, box, picture.size) for name, box in picture.boxes]}
            ],
        }
        for picture in label_set.pictures
    ]
    (folder / TASKS).write_bytes(TypeAdapter(list[Any]).dump_json(tasks, indent=1))
    labels = "".join(f"    <Label value={quoteattr(name)}/>\n" for name in label_set.classes)
    (folder / CONFIG).write_text(
        f'<View>\n  <Image name="{TO_NAME}" value="$image"/>\n'
        f'  <RectangleLabels name="{FROM_NAME}" toName="{TO_NAME}" canRotate="false">\n'
        f"{labels}  </RectangleLabels>\n</View>\n",
        encoding="utf-8",
    )


def _last(task: Task) -> Annotation | None:
    given = [annotation for annotation in task.annotations if not annotation.was_cancelled]
    return given[-1] if given else None


def _picture(file: Path, task: Task, drawn: Annotation) -> LabelledPicture:
    path = picture_path(file.parent, _file_name(file.parent, task))
    try:
        with Image.open(path) as image:
            size = image.size
    except OSError as error:
        raise DatasetError("dataset.picture_unreadable", f"{path}: {error}") from error
    values = [Value.model_validate(r.value) for r in drawn.result if r.type == "rectanglelabels"]
    if any(value.rotation for value in values):
        raise DatasetError(
            "dataset.format_unreadable", f"{file}: a box on {path.name} is turned; draw it upright"
        )
    return LabelledPicture(path, size, tuple((v.rectanglelabels[0], _box(v, size)) for v in values))


def _file_name(folder: Path, task: Task) -> str:
    """Of the picture: as we wrote it, or the end of the address it is served from."""
    if "file" in task.data:
        return str(task.data["file"])
    address = urlsplit(str(task.data.get(TO_NAME, "")))
    name = PurePosixPath(parse_qs(address.query).get("d", [address.path])[0]).name
    plain = _UPLOADED.sub("", name)
    return name if (folder / "images" / name).is_file() else plain


def _box(value: Value, size: tuple[int, int]) -> Box:
    width, height = size
    x1, y1 = value.x / 100 * width, value.y / 100 * height
    return x1, y1, x1 + value.width / 100 * width, y1 + value.height / 100 * height


def _result(name: str, box: Box, size: tuple[int, int]) -> dict[str, Any]:
    (x1, y1, x2, y2), (width, height) = box, size
    return {
        "type": "rectanglelabels",
        "from_name": FROM_NAME,
        "to_name": TO_NAME,
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {
            "x": x1 / width * 100,
            "y": y1 / height * 100,
            "width": (x2 - x1) / width * 100,
            "height": (y2 - y1) / height * 100,
            "rotation": 0,
            "rectanglelabels": [name],
        },
    }
