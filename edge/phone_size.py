"""How much does a phone download? Sizes of the built app, compressed as a server sends it.

`python -m edge.phone_size` (or `make phone-size`) prints the page itself (what `index.html` loads
before anything is asked for), the runtimes (a phone loads one of the two) and everything together
without the network file; exit code 1 where it is more than asked.
"""

import argparse
import gzip
import re
import sys
from pathlib import Path

DIST = Path(__file__).parent / "phone" / "dist"
MOST_PAGE, MOST_TOTAL = 200_000, 15_000_000
_LOADED = re.compile(r'(?:src|href)="\./?([^"]+\.(?:js|css))"')


def compressed(path: Path) -> int:
    """Bytes after gzip."""
    return len(gzip.compress(path.read_bytes(), 9))


def sizes(dist: Path) -> dict[str, int]:
    """Compressed bytes: name below `dist` → size, without networks and source maps."""
    return {
        path.relative_to(dist).as_posix(): compressed(path)
        for path in sorted(dist.rglob("*"))
        if path.is_file() and path.suffix not in (".onnx", ".map")
    }


def page_files(dist: Path) -> set[str]:
    """The page and what it loads by itself."""
    text = (dist / "index.html").read_text(encoding="utf-8")
    return {"index.html", *_LOADED.findall(text)}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m edge.phone_size", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("dist", type=Path, nargs="?", default=DIST)
    dist = parser.parse_args().dist
    if not (dist / "index.html").exists():
        parser.error(f"{dist} has no index.html: build the app with `make phone`")
    found = sizes(dist)
    page = sum(found[name] for name in page_files(dist))
    total = sum(found.values())
    for name, size in sorted(found.items(), key=lambda item: -item[1])[:12]:
        sys.stdout.write(f"{size:>12,}  {name}\n")
    sys.stdout.write(f"{page:>12,}  the page itself (asked: at most {MOST_PAGE:,})\n")
    sys.stdout.write(f"{total:>12,}  all without the network (asked: at most {MOST_TOTAL:,})\n")
    sys.exit(0 if page <= MOST_PAGE and total <= MOST_TOTAL else 1)


if __name__ == "__main__":
    main()
