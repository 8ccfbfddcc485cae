"""Texts of the pages: a folder a language, a YAML file an area, looked up as `area.key`."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

from vision.texts import LANGUAGES

FOLDER = Path(__file__).parent
Lookup = Callable[..., str]


@cache
def read_texts(language: str) -> dict[str, str]:
    """All texts of a language, keys with their areas.

    Raises:
        KeyError: there is no such language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    texts: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.yaml")):
        texts |= _flat(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")))
    return texts


def _flat(prefix: str, node: object) -> dict[str, str]:
    if not isinstance(node, dict):
        return {prefix: str(node)}
    flat: dict[str, str] = {}
    for key, value in node.items():
        flat |= _flat(f"{prefix}.{key}", value)
    return flat


def lookup(language: str) -> Lookup:
    """The function that templates call `t`: a key, and the words for its {fields}.

    It raises KeyError for a key that is in no file.
    """
    texts = read_texts(language)

    def text(key: str, /, **fields: object) -> str:
        return texts[key].format(**fields)

    return text
