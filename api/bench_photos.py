"""Photos for `api.bench`, as the phone app makes them and no two the same."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

DEMO_PHOTO = Path(__file__).resolve().parent.parent / "demo" / "selfie_ok.jpg"
WIDTH, HEIGHT, QUALITY = 1920, 1440, 92  # as edge/phone/src/app/camera.ts takes them


def alike_pictures(seeds: range, source: Path = DEMO_PHOTO) -> list[bytes]:
    """JPEGs of one demo photo turned, cut and lit: the most work for the fraud check."""
    picture = cv2.imread(str(source))
    if picture is None:
        raise FileNotFoundError(source)
    made = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        scale = random.uniform(1.0, 1.6) * max(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
        turn = cv2.getRotationMatrix2D(
            (picture.shape[1] / 2, picture.shape[0] / 2), random.uniform(-12, 12), scale
        )
        turn[:, 2] += [
            (WIDTH - picture.shape[1]) / 2 + random.uniform(-80, 80),
            (HEIGHT - picture.shape[0]) / 2 + random.uniform(-80, 80),
        ]
        cut = cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        made.append(_jpeg(cv2.convertScaleAbs(cut, alpha=random.uniform(0.7, 1.2))))
    return made


def pictures(seeds: range) -> list[bytes]:
    """JPEGs of scenes that have nothing in common, as the photos of a day."""
    made = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        coarse = random.integers(0, 256, (12, 16, 3), np.uint8)
        scene = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        for _ in range(150):
            corners = random.integers(-60, 60, (6, 2)) + random.integers(0, (WIDTH, HEIGHT))
            colour = tuple(int(value) for value in random.integers(0, 256, 3))
            cv2.fillPoly(scene, [corners.astype(np.int32)], colour, cv2.LINE_AA)
        made.append(_jpeg(scene))
    return made


def _jpeg(picture: Any) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
