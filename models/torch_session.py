"""An Ultralytics checkpoint behind `vision.session.Session`: the reference an export is held to.

Only the runtime differs from the shipped way: letterbox and head reading are `vision`'s.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from ultralytics import YOLO

from models.errors import MakeError
from vision.labels import LABELS


class TorchSession:
    """Torch on the CPU, in float32."""

    def __init__(self, weights: Path, nms_free: bool = False, threads: int = 0) -> None:
        """Load a checkpoint.

        Args:
            weights: the `.pt`.
            nms_free: read the one-to-one head, if the network has one, else the classic head.
            threads: 0 leaves the choice to torch.

        Raises:
            MakeError: `make.file_missing`, `make.classes_differ`.
        """
        model = load_checkpoint(weights).model
        if threads:
            torch.set_num_threads(threads)
        model.end2end = nms_free  # before fusing, which drops the other head
        self._model = model.float().fuse(verbose=False).eval()

    def run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """See `vision.session.Session.run`."""
        with torch.inference_mode():
            output = self._model(torch.from_numpy(batch))
        rows: npt.NDArray[np.float32] = output[0].numpy()
        return rows


def load_checkpoint(weights: Path) -> Any:
    """Open a `.pt` as Ultralytics' `YOLO`, after its classes were compared with our label space.

    Raises:
        MakeError: `make.file_missing`, `make.classes_differ`.
    """
    if not weights.is_file():
        raise MakeError("make.file_missing", f"there is no checkpoint at {weights}")
    yolo = YOLO(str(weights), task="detect")
    names = [yolo.model.names[i] for i in range(len(yolo.model.names))]
    if names != [str(label) for label in LABELS]:
        raise MakeError(
            "make.classes_differ",
            f"{weights} knows {len(names)} classes ({', '.join(names[:5])}, …), not our "
            f"{len(LABELS)} in their order",
        )
    return yolo
