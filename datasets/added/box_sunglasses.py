"""Draw boxes on the unlabelled `sunglasses_selfies` from face landmarks.

Run once, in an environment with `mediapipe` 0.10.21 (its dependencies clash with ours; this script
imports nothing of this project), and look at the sheet it draws:
`python datasets/added/box_sunglasses.py DATA_DIR OUT.csv [SHEET.png]`. The result is kept beside it
as `sunglasses_selfies.csv`, so nobody needs mediapipe to train. A picture in which no face is found
is left out (unknown), never taken as a negative.

Landmark numbers are those of MediaPipe's 468-point face mesh.
"""

import csv
import sys
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np

SIDES = (127, 356)  # temples at eye height
TOPS = (105, 334)  # middle of the eyebrows
BOTTOMS = (118, 347)  # below the eyes, where lenses end


def main(data: Path, out: Path, sheet: Path | None) -> None:
    """Write `image,x1,y1,x2,y2` (pixels) for every face found."""
    mesh = mp.solutions.face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=4, min_detection_confidence=0.5
    )
    tiles = []
    with out.open("w", newline="") as f:
        rows = csv.writer(f)
        rows.writerow(["image", "x1", "y1", "x2", "y2"])
        for path in sorted((data / "sunglasses_selfies/images").glob("*.webp")):
            picture = cv2.imread(str(path))
            if picture is None:
                sys.exit(f"not a picture: {path}")
            height, width = picture.shape[:2]
            found = mesh.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).multi_face_landmarks
            for face in found or []:
                xy = np.array([(p.x * width, p.y * height) for p in face.landmark])
                used = xy[[*SIDES, *TOPS, *BOTTOMS]]
                x1, y1 = used.min(axis=0).clip(0)
                x2, y2 = np.minimum(used.max(axis=0), [width, height])
                rows.writerow([path.name, *(f"{v:.1f}" for v in (x1, y1, x2, y2))])
                cv2.rectangle(picture, (int(x1), int(y1)), (int(x2), int(y2)), (0, 255, 0), 2)
            scale = 160 / max(height, width)
            tile = np.zeros((160, 160, 3), np.uint8)
            small = cv2.resize(picture, None, fx=scale, fy=scale)
            tile[: small.shape[0], : small.shape[1]] = small[:160, :160]
            if not found:
                tile[:6] = (0, 0, 255)
            tiles.append(tile)
    if sheet:
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 16)
        rows_of = [np.hstack(tiles[i : i + 16]) for i in range(0, len(tiles), 16)]
        cv2.imwrite(str(sheet), np.vstack(rows_of))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
