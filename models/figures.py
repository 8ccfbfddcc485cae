"""The figures of one measurement: as a JSON file, and as a table for people."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.table import Table

from models.average_precision import Point
from models.errors import MakeError
from vision.labels import Label


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceFigures(_Strict):
    """One class in the pictures of one source."""

    pictures: int
    boxes: int
    ap50: float | None


class ClassFigures(_Strict):
    """One class.

    Attributes:
        pictures: validation pictures whose labels are exhaustive about the class.
        pictures_with: those that show it.
        boxes: things to find, of any size; AP50 is over these.
        judged_boxes: those large enough to be judged; the points are over these.
        at_present: at the manifest's `present` threshold.
        at_best_f1: where F1 is highest.
        sources: the same by source.
    """

    label: Label
    pictures: int
    pictures_with: int
    boxes: int
    ap50: float | None
    judged_boxes: int
    at_present: Point
    at_best_f1: Point | None
    sources: dict[str, SourceFigures] = {}


class Figures(_Strict):
    """One network measured on validation pictures.

    Attributes:
        network: name and version.
        file: name of the network file.
        sha256: of the network file.
        runtime: `onnx` or `torch`.
        input_side: long edge of the input, pixels.
        pictures: how many were looked at.
        whole_split: false if only some of the validation pictures were used.
        floor: detections below this score were not looked at.
        judged_side: pixels of the input from which a thing is large enough to be judged.
    """

    network: str
    file: str
    sha256: str
    runtime: str
    input_side: int
    pictures: int
    whole_split: bool
    floor: float
    judged_side: float
    classes: tuple[ClassFigures, ...]

    def of(self, label: Label) -> ClassFigures:
        """Figures of one class.

        Raises:
            KeyError: the class was not measured.
        """
        for figures in self.classes:
            if figures.label is label:
                return figures
        raise KeyError(label)

    def mean_ap50(self) -> float | None:
        """Over the classes that have anything to find; None if there is none."""
        measured = [c.ap50 for c in self.classes if c.ap50 is not None]
        return sum(measured) / len(measured) if measured else None


def read_figures(path: Path) -> Figures:
    """Read what `ppe model evaluate --json` wrote.

    Raises:
        MakeError: `make.file_missing`.
    """
    try:
        return Figures.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise MakeError("make.file_missing", f"{path} holds no evaluation: {error}") from error


def table(figures: Figures, by_source: bool = False) -> Table:
    """The figures as a table; with `by_source` one line more for each class and source."""
    part = "" if figures.whole_split else " of a part of the split"
    drawn = Table(
        title=f"{figures.network}, {figures.runtime}, {figures.input_side} px: "
        f"{figures.pictures} validation pictures{part}",
        caption=f"AP50 over all things; precision and recall over things of at least "
        f"{figures.judged_side:.0f} px of the input.",
    )
    drawn.add_column("class")
    for name in (
        "pictures", "things", "AP50", "judged", "present", "precision", "recall",
        "best F1 at", "precision", "recall",
    ):  # fmt: skip
        drawn.add_column(name, justify="right")
    for row in figures.classes:
        best = row.at_best_f1
        drawn.add_row(
            str(row.label),
            str(row.pictures),
            str(row.boxes),
            share(row.ap50),
            str(row.judged_boxes),
            share(row.at_present.score),
            share(row.at_present.precision),
            share(row.at_present.recall),
            share(best.score if best else None),
            share(best.precision if best else None),
            share(best.recall if best else None),
        )
        if by_source:
            for source, small in row.sources.items():
                drawn.add_row(
                    f"  [dim]{source}[/]", str(small.pictures), str(small.boxes), share(small.ap50)
                )
    drawn.add_section()
    drawn.add_row("mean", "", "", share(figures.mean_ap50()))
    return drawn


def share(value: float | None) -> str:
    """A share with three digits, or a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"
