"""Find pictures that training and validation share: copies, crops, mirrored and recoloured ones.

Two 64-bit hashes are compared, each also against the mirrored picture: `phash` (frequencies: what
lies where, roughly) and `dhash` (gradients: the finer layout).

How the limits were set: among the 6963 pictures of the first split, 39 pairs across it lay within
them, of which 32 showed one photo or one shoot; of the 59 pairs just beyond (sums of 25 to 28)
about half did; at a phash distance of 10, phash alone names as many strangers before a white wall.
`added/look_alike.csv` accepts the pairs that were seen to be strangers, some beyond the limits too:
another version of a decoder may shift a bit or two.

Hashes are a net with holes: a cut-out, a rotated copy, one man met again on the same roof lie
further apart than strangers may. Of the 135 pictures first left out they named 28; the others were
found by matching points of interest (SIFT) across the split, and by looking.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image

from datasets.errors import DatasetError

PHASH_LIMIT = 8  # bits: as close as this by phash alone, or
SUM_LIMIT = 24  # bits: as close as this by phash and dhash together
THUMBNAIL = (64, 64)  # pixels; hashes look at 32 x 32

Hashes = npt.NDArray[np.uint64]
"""Shape (pictures, 2): phash and dhash."""


@dataclass(frozen=True)
class Pair:
    """Two pictures that look alike: indices into the lists compared, distances in bits."""

    a: int
    b: int
    phash: int
    dhash: int
    mirrored: bool


def hash_pictures(
    paths: Sequence[Path], on_picture: Callable[[], object] = lambda: None, mirror: bool = False
) -> Hashes:
    """Hashes of the pictures, or of their mirror images.

    Raises:
        DatasetError: `dataset.picture_unreadable`.
    """
    hashes = np.zeros((len(paths), 2), np.uint64)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decoding gives the interpreter's lock back
        for i, found in enumerate(pool.map(lambda path: _hash_picture(path, mirror), paths)):
            hashes[i] = found
            on_picture()
    return hashes


def pairs_alike(a: Hashes, a_mirrored: Hashes, b: Hashes) -> list[Pair]:
    """Every pair of one picture of `a` and one of `b` that is within the limits, nearest first."""
    found: list[Pair] = []
    for hashes, is_mirrored in ((a, False), (a_mirrored, True)):
        for i, row in enumerate(hashes):
            distance = np.bitwise_count(b ^ row).astype(np.int64)
            near = (distance[:, 0] <= PHASH_LIMIT) | (distance.sum(axis=1) <= SUM_LIMIT)
            found += [
                Pair(i, int(j), int(distance[j, 0]), int(distance[j, 1]), is_mirrored)
                for j in np.flatnonzero(near)
            ]
    found.sort(key=lambda p: (p.phash + p.dhash, p.a, p.b, p.mirrored))
    first: dict[tuple[int, int], Pair] = {}
    for pair in found:
        first.setdefault((pair.a, pair.b), pair)
    return list(first.values())


def _hash_picture(path: Path, mirror: bool) -> tuple[int, int]:
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)  # twice as fast as Pillow on WebP
    if pixels is None:
        raise DatasetError("dataset.picture_unreadable", f"not a picture: {path}")
    small = cv2.resize(pixels, THUMBNAIL, interpolation=cv2.INTER_AREA)
    image = Image.fromarray(cv2.flip(small, 1) if mirror else small)
    return int(str(imagehash.phash(image)), 16), int(str(imagehash.dhash(image)), 16)
