"""Writes the OpenAPI document: `python -m api.openapi docs/openapi.json`."""

import json
import sys
from pathlib import Path

from api.app import create_app


def write(path: Path) -> None:
    """Write the document as it is committed."""
    text = json.dumps(create_app().openapi(), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
