"""Does the phone engine say the same through WebGPU as through WASM?

`python -m edge.phone_webgpu PHOTO…` checks photos with both in Chromium, on its software adapter
(SwiftShader), which the app itself never chooses: it takes about 20 s a photo, and says whether the
answers are right, not how fast a real adapter is. `make bench-phone` builds the page first.
"""

import sys
from pathlib import Path
from typing import Any

from edge.phone_page import engine

SOFTWARE = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
SCORES = 0.01  # as between phone and server


def findings(backend: str, photos: list[bytes]) -> list[list[dict[str, Any]]]:
    """The findings of each photo.

    Raises:
        RuntimeError: the engine does not open with this backend, or cannot check a photo.
    """
    with engine(arguments=SOFTWARE) as phone:
        opened = phone.open(backend)
        if opened.get("info", {}).get("backend") != backend:
            raise RuntimeError(f"the engine does not open with {backend}: {opened}")
        answers = [phone.check(photo) for photo in photos]
    for answer in answers:
        if "report" not in answer:
            raise RuntimeError(f"no report: {answer}")
    return [answer["report"]["findings"] for answer in answers]


def main() -> None:
    """Print a line a photo; exit code 1 if an answer differs."""
    paths = [Path(name) for name in sys.argv[1:]]
    photos = [path.read_bytes() for path in paths]
    differs = False
    both = zip(findings("wasm", photos), findings("webgpu", photos), strict=True)
    for path, (wasm, webgpu) in zip(paths, both, strict=True):
        pairs = list(zip(wasm, webgpu, strict=True))
        same = all(a["verdict"] == b["verdict"] and a["reason"] == b["reason"] for a, b in pairs)
        largest = max(abs((a["score"] or 0) - (b["score"] or 0)) for a, b in pairs)
        differs |= not same or largest > SCORES
        sys.stdout.write(f"{path.name}: findings {'the same' if same else 'DIFFER'}, ")
        sys.stdout.write(f"scores within {largest:.4f}\n")
    sys.exit(differs)


if __name__ == "__main__":
    main()
