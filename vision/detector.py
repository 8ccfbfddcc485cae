"""Photo → Detections: letterbox, run, read either YOLO head."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vision.detections import Detections, suppress
from vision.errors import ModelError
from vision.manifest import DEFAULT_MANIFEST, Manifest, read_manifest, read_verified_model
from vision.session import MessSession, OnnxSession, Session, SessionSettings

STRIDE = 32  # coarsest grid of the network: input sides are multiples of it
PAD = 114  # grey of the border, as in training (Ultralytics)
FLOOR = 0.05  # scores below this are never looked at; every threshold is far above
NMS_IOU = 0.6  # for the classic head only


@dataclass(frozen=True)
class Letterbox:
    """How a picture was fitted: input pixel = picture pixel x ratio + (left, top)."""

    ratio: float
    left: int
    top: int


def letterbox(
    pixels: npt.NDArray[np.uint8], side: int
) -> tuple[npt.NDArray[np.float32], Letterbox]:
    """Fit a picture into the smallest multiple-of-32 rectangle with `side` as the long edge.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        side: long edge of the network's input.

    Returns:
        A float32 batch of shape (1, 3, h, w), values 0 to 1, and how to map back. A rectangle
        instead of a square saves a quarter of the network's time on a 4:3 photo.
    """
    height, width = pixels.shape[:2]
    ratio = side / max(height, width)
    inner_w, inner_h = max(1, round(width * ratio)), max(1, round(height * ratio))
    outer_w, outer_h = -(-inner_w // STRIDE) * STRIDE, -(-inner_h // STRIDE) * STRIDE
    left, top = (outer_w - inner_w) // 2, (outer_h - inner_h) // 2
    canvas = np.full((outer_h, outer_w, 3), PAD, np.uint8)
    shrinking = cv2.INTER_AREA if ratio < 0.5 else cv2.INTER_LINEAR
    canvas[top : top + inner_h, left : left + inner_w] = cv2.resize(
        pixels, (inner_w, inner_h), interpolation=shrinking
    )
    batch = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], np.float32)
    batch /= 255
    return batch, Letterbox(ratio, left, top)


class Detector:
    """A network with its manifest, ready to look at photos; safe to share between threads."""

    def __init__(self, session: Session, manifest: Manifest, floor: float = FLOOR) -> None:
        """Use a loaded network; a lower `floor` is for measuring average precision."""
        self._session = session
        self.manifest = manifest
        self.floor = floor

    @classmethod
    def open(
        cls,
        manifest_path: Path = DEFAULT_MANIFEST,
        settings: SessionSettings | None = None,
        floor: float = FLOOR,
    ) -> "Detector":
        """Load the network a manifest describes, after checking its sha256.

        Raises:
            ModelError: `model.*`.
        """
        manifest = read_manifest(manifest_path)
        model = read_verified_model(manifest, manifest_path.parent)
        return cls(OnnxSession(model, settings), manifest, floor)

    def detect(self, pixels: npt.NDArray[np.uint8]) -> Detections:
        """Look at an RGB uint8 picture of shape (height, width, 3); boxes in its pixels.

        Raises:
            ModelError: `model.layout_unknown`.
        """
        batch, fit = letterbox(pixels, self.manifest.input_side)
        output, mess = self._run(batch)
        xyxy, score, classes = read_head(output, len(self.manifest.classes), self.floor)
        height, width = pixels.shape[:2]
        xyxy = (xyxy - np.array([fit.left, fit.top] * 2, np.float32)) / np.float32(fit.ratio)
        xyxy[:, 0::2] = xyxy[:, 0::2].clip(0, width)
        xyxy[:, 1::2] = xyxy[:, 1::2].clip(0, height)
        real = (xyxy[:, 0] < xyxy[:, 2]) & (xyxy[:, 1] < xyxy[:, 3])  # some area, no NaN
        labels = [facts.label for facts in self.manifest.classes]
        return Detections(xyxy[real], score[real], tuple(labels[i] for i in classes[real]), mess)

    def _run(self, batch: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], float | None]:
        if self.manifest.mess is not None and isinstance(self._session, MessSession):
            return self._session.run_with_mess(batch)
        return self._session.run(batch), None


def read_head(
    output: npt.NDArray[np.float32], class_count: int, floor: float = FLOOR
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """Read the output of one picture, whichever YOLO head made it.

    * NMS-free (YOLO26, YOLOv10): (1, n, 6), rows x1, y1, x2, y2, score, class.
    * classic (YOLOv8, YOLO11): (1, 4 + classes, n), columns cx, cy, w, h, class scores.

    Returns:
        Corners (n, 4) in input pixels, scores (n,), classes (n,), all scores at least `floor`.

    Raises:
        ModelError: `model.layout_unknown`.
    """
    if output.ndim == 3 and output.shape[2] == 6 and output.shape[1] != 4 + class_count:
        rows = output[0]
        rows = rows[rows[:, 4] >= floor]
        if not ((rows[:, 5] >= 0) & (rows[:, 5] < class_count)).all():
            raise ModelError(
                "model.layout_unknown",
                f"the network names classes beyond the {class_count} of its manifest",
            )
        return rows[:, :4].copy(), rows[:, 4].copy(), rows[:, 5].astype(np.intp)
    if output.ndim == 3 and output.shape[1] == 4 + class_count:
        scores = output[0, 4:].T
        anchor, classes = np.nonzero(scores >= floor)
        score = scores[anchor, classes]
        centre, size = output[0, :2].T[anchor], output[0, 2:4].T[anchor]
        xyxy = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
        kept = suppress(xyxy, score, classes, NMS_IOU)
        return xyxy[kept], score[kept], classes[kept]
    raise ModelError(
        "model.layout_unknown",
        f"an output of shape {output.shape} fits neither YOLO head for {class_count} classes",
    )
