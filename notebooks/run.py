"""Run notebooks: `python notebooks/run.py [--out FOLDER] [NOTEBOOK ...]`; all without a name.

The run copies, figures included, go to FOLDER; the notebooks themselves stay without outputs.
"""

import argparse
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def run(path: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; the message has its traceback.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(HERE)}}).execute()
    return notebook


def main() -> None:
    """Run, and keep the copies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, default=Path("notebooks-out"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for path in options.notebooks or sorted(HERE.glob("*.ipynb")):
        start = time.monotonic()
        nbformat.write(run(path), options.out / path.name)
        sys.stdout.write(f"{options.out / path.name}  {time.monotonic() - start:.0f} s\n")


if __name__ == "__main__":
    main()
