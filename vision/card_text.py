"""The text on a badge card, read by RapidOCR: the extra `ocr`, whose wheel brings the networks."""

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

ReadText = Callable[[npt.NDArray[np.uint8]], tuple[str, ...]]
"""RGB uint8 (height, width, 3) → the lines that are surely read."""

SIDES = (320, 640)  # pixels of the long edge a card is enlarged or reduced to
SURE = 0.8  # score of a line that is taken as read; `python -m models.card_study` uses it


@cache
def text_reader() -> ReadText | None:
    """The reader, loaded at the first card; None without the extra `ocr`."""
    try:
        from rapidocr import RapidOCR  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        return None
    engine: Any = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Det.limit_type": "max",
            "Det.limit_side_len": SIDES[1],
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # photos run side by side
        }
    )
    lock = threading.Lock()  # the engine keeps state between its steps

    def read(pixels: npt.NDArray[np.uint8]) -> tuple[str, ...]:
        side = max(pixels.shape[:2])
        ratio = min(max(side, SIDES[0]), SIDES[1]) / side
        method = cv2.INTER_CUBIC if ratio > 1 else cv2.INTER_AREA
        sized = cv2.resize(pixels, None, fx=ratio, fy=ratio, interpolation=method)
        with lock:
            found = engine(cv2.cvtColor(sized, cv2.COLOR_RGB2BGR))
        lines = zip(found.txts or (), found.scores or (), strict=True)
        return tuple(text for text, score in lines if score >= SURE)

    return read
