"""Error codes: declared, documented, raised; no other code is."""

import ast
from pathlib import Path

import pytest

import vision
from vision import ArgumentError, ModelError, PhotoError, PolicyError, PpeError
from vision.errors import __doc__ as tree

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "errors.md"
CLASSES: tuple[type[PpeError], ...] = (PhotoError, ModelError, PolicyError, ArgumentError)
DECLARED = {code for error in CLASSES for code in error.codes}


def documented() -> dict[str, tuple[str, str]]:
    """Code → (what it means, what to do), out of the tables."""
    rows = {}
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            rows[cells[0].strip("`")] = (cells[1], cells[2])
    return rows


def raised() -> set[tuple[str, str]]:
    """(class, code) of every error made in the source of `vision`."""
    found = set()
    for path in Path(vision.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in {error.__name__ for error in CLASSES}:
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{path}:{node.lineno}: name the code"
                found.add((node.func.id, str(code.value)))
    return found


def test_every_code_is_documented() -> None:
    rows = documented()
    assert set(rows) == DECLARED
    for code, (meaning, advice) in rows.items():
        assert len(meaning) > 10, code
        assert len(advice) > 10, code


def test_codes_raised_are_the_codes_declared() -> None:
    assert raised() == {(error.__name__, code) for error in CLASSES for code in error.codes}


@pytest.mark.parametrize("error", CLASSES)
def test_codes_start_with_their_class(error: type[PpeError]) -> None:
    prefix = error.__name__.removesuffix("Error").lower()
    for code, advice in error.codes.items():
        assert code.startswith(f"{prefix}.")
        assert code == code.lower()
        assert advice


def test_tree_of_the_docstring() -> None:
    assert tree is not None
    for error in CLASSES:
        assert issubclass(error, PpeError)
        assert error.__name__ in tree


def test_error_carries_code_and_message() -> None:
    error = PhotoError("photo.empty", "the file is empty")
    assert (error.code, error.message, str(error)) == (
        "photo.empty",
        "the file is empty",
        "the file is empty",
    )
