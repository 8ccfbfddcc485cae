"""Find body points and a mask for every person box; runs in an environment with mediapipe.

mediapipe 0.10.21 carries its models in the wheel but needs numpy 1, so it cannot live in our own
environment. This file is therefore a script that imports nothing of ours:

    python datasets/synthesis/bodies.py JOBS.json CACHE

JOBS.json is a list of `{"name", "path", "regions": [[x1, y1, x2, y2], ...]}`; CACHE/NAME.npz gets
`regions` (n, 4), `points` (n, 33, 4): x, y in pixels of the picture, depth in pixels, visibility
0..1, and `masks` (n, height, width) bool. People that mediapipe does not see are left out.
`ppe dataset synthesise bodies` writes the jobs and calls this.
"""

import argparse
import json
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np

log = logging.getLogger("bodies")

MASK_LEVEL = 0.5
MIN_CONFIDENCE = 0.5


def find_body(pose: Any, image: np.ndarray, region: list[float]) -> tuple[Any, Any] | None:
    """Points and mask of the person in one region, or None.

    Args:
        pose: `mediapipe.solutions.pose.Pose` for still pictures, with segmentation.
        image: RGB, uint8.
        region: x1, y1, x2, y2 in pixels; what lies outside is not looked at.
    """
    height, width = image.shape[:2]
    x1, y1 = max(int(region[0]), 0), max(int(region[1]), 0)
    x2, y2 = min(int(region[2]), width), min(int(region[3]), height)
    if x2 - x1 < 32 or y2 - y1 < 32:
        return None
    result = pose.process(np.ascontiguousarray(image[y1:y2, x1:x2]))
    if result.pose_landmarks is None or result.segmentation_mask is None:
        return None
    points = np.array(
        [
            (x1 + p.x * (x2 - x1), y1 + p.y * (y2 - y1), p.z * (x2 - x1), p.visibility)
            for p in result.pose_landmarks.landmark
        ],
        np.float32,
    )
    mask = np.zeros((height, width), bool)
    mask[y1:y2, x1:x2] = result.segmentation_mask > MASK_LEVEL
    return points, mask


def main() -> None:
    """Read the jobs and write one file for each picture that is not yet in the cache."""
    import mediapipe  # noqa: PLC0415  only this environment has it

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", type=Path)
    parser.add_argument("cache", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments.cache.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    pose = mediapipe.solutions.pose.Pose(
        static_image_mode=True,
        model_complexity=1,
        enable_segmentation=True,
        min_detection_confidence=MIN_CONFIDENCE,
    )
    jobs = json.loads(arguments.jobs.read_text(encoding="utf-8"))
    for number, job in enumerate(jobs, 1):
        target = arguments.cache / f"{job['name']}.npz"
        if target.exists():
            continue
        bgr = cv2.imread(job["path"])
        if bgr is None:
            log.warning("cannot read %s", job["path"])
            continue
        image = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        found = [(r, b) for r in job["regions"] if (b := find_body(pose, image, r)) is not None]
        np.savez_compressed(
            target,
            regions=np.array([r for r, _ in found], np.float32).reshape(-1, 4),
            points=np.array([b[0] for _, b in found], np.float32).reshape(-1, 33, 4),
            masks=np.array([b[1] for _, b in found], bool).reshape(-1, *image.shape[:2]),
        )
        if number % 100 == 0:
            log.info("%d of %d pictures", number, len(jobs))


if __name__ == "__main__":
    main()
