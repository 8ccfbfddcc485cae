"""A drawn person with known body points, for tests: no photo and no mediapipe needed."""

import cv2
import numpy as np

from datasets.synthesis.body import Body
from datasets.synthesis.canvas import Canvas
from datasets.synthesis.covers import Covers, Cutout
from vision.labels import Label

WIDTH, HEIGHT = 480, 720
CLOTHES = (150, 146, 140)  # grey workwear: neutral, unlike skin
TROUSERS = (96, 92, 84)

POINTS = {
    0: (240, 130), 9: (248, 146), 10: (232, 146), 11: (290, 190), 12: (190, 190),
    13: (330, 270), 14: (150, 270), 15: (345, 345), 16: (135, 345),
    17: (349, 362), 18: (131, 362), 19: (347, 366), 20: (133, 366), 21: (343, 360), 22: (137, 360),
    23: (270, 340), 24: (210, 340), 25: (272, 460), 26: (208, 460), 27: (274, 580), 28: (206, 580),
    29: (270, 600), 30: (210, 600), 31: (310, 612), 32: (170, 612),
}  # fmt: skip


def standing(clothes: tuple[int, int, int] = CLOTHES, seed: int = 0) -> tuple[Canvas, Body]:
    """A person who faces the camera, shoulders 100 px apart, and the canvas with the photo."""
    image = np.full((HEIGHT, WIDTH, 3), (176, 190, 180), np.uint8)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)

    def limb(numbers: tuple[int, ...], colour: tuple[int, int, int], wide: int) -> None:
        line = np.array([POINTS[n] for n in numbers], np.int32)
        cv2.polylines(image, [line], False, colour, wide, cv2.LINE_AA)
        cv2.polylines(mask, [line], False, 1, wide)

    for side in (0, 1):
        limb((23 + side, 25 + side, 27 + side), TROUSERS, 44)
        limb((29 + side, 31 + side), (40, 30, 26), 22)
        limb((15 + side, 19 + side), (206, 160, 130), 20)
    trunk = np.array([(182, 176), (298, 176), (292, 350), (188, 350)], np.int32)
    cv2.fillPoly(image, [trunk], clothes, cv2.LINE_AA)
    cv2.fillPoly(mask, [trunk], 1)
    for side in (0, 1):
        limb((11 + side, 13 + side, 15 + side), clothes, 34)
    cv2.ellipse(image, (240, 130), (30, 42), 0, 0, 360, (210, 166, 136), -1, cv2.LINE_AA)
    cv2.ellipse(mask, (240, 130), (30, 42), 0, 0, 360, 1, -1)
    noise = np.random.default_rng(seed).normal(0, 2, image.shape)
    pixels = np.clip(image + noise, 0, 255).astype(np.float32)
    points = np.zeros((33, 4), np.float32)
    points[:, :2] = (240, 130)
    for number, at in POINTS.items():
        points[number, :2] = at
    points[:, 3] = 1
    torso = (175.0, 172.0, 305.0, 350.0)
    canvas = Canvas(
        pixels,
        [(Label.PERSON, (120.0, 86.0, 360.0, 624.0)), (Label.PLAINWEAR, torso)],
        {Label.PERSON, Label.WORKWEAR, Label.PLAINWEAR, Label.SHOE_COVER},
    )
    return canvas, Body((100.0, 60.0, 380.0, 640.0), points, mask > 0)


def drawn_covers() -> Covers:
    """A plain blue cover, toe to the left, opening above, for both views."""
    rgba = np.zeros((60, 120, 4), np.float32)
    rgba[10:, :, :3], rgba[10:, :, 3] = (40, 120, 220), 255
    points = [np.array(p, np.float32) for p in ((2, 50), (118, 45), (70, 10))]
    cutout = Cutout(rgba, *points)
    return Covers((cutout,), (cutout,))
