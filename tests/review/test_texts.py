"""Both languages have the same texts, every text that is asked for is there, none is left over."""

import re
import string
from collections.abc import Collection
from pathlib import Path

import pytest

from api.errors import ApiError
from api.exports import COLUMNS, TABLES
from api.review import navigation
from api.review.queue import Group, Order
from api.review.results import Show
from api.review.results import State as ResultState
from api.review.texts import lookup, read_texts
from api.routes.orders import State
from api.tables import Decision, FlagKind, OmissionState, ReviewState, Role
from vision import Label, Shot
from vision.texts import LANGUAGES

REVIEW = Path(navigation.__file__).parent
SOURCES = [*REVIEW.rglob("*.html"), *REVIEW.rglob("*.py")]
# Texts whose last part is a code: area → the codes there are.
BY_CODE: dict[str, Collection[str]] = {
    "menu": {entry.name for entry in navigation.MENU},
    "error.code": set(ApiError.codes),
    "account.roles": set(Role),
    "export.reviews": set(ReviewState),
    "orders.state": set(State),
    "omission.state": set(OmissionState),
    "omission.flash": set(Decision),
    "results.show": set(Show),
    "results.state": set(ResultState),
    "results.hint": set(Shot),
    "results.event": {*Decision, "appeal"},
    "export.columns": COLUMNS,
    "export.tables": TABLES,
    "queue.group": set(Group),
    "queue.orders": set(Order),
    "queue.flash": {"accept", "reject"},
    "photo.event": {*Decision, "appeal"},
    "photo.conflict": {*Decision, "appeal"},
    "photo.flash": {"accept", "reject"},
    "photo.preset": {"1", "2", "3", "4"},
    "flag.short": set(FlagKind),
    "flag.long": {*FlagKind, "mirrored", "cropped_mirrored", "too_early", "too_late"}
    ^ {"recaptured_frame", "recaptured_grid", FlagKind.OTHER_TIME},
    "label": set(Label),
    "shot": set(Shot),
    "account": {"wrong_password", "too_many_attempts"},
}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_languages_have_the_same_texts_with_the_same_fields() -> None:
    one, other = (read_texts(language) for language in LANGUAGES)
    assert set(one) == set(other)
    assert {k: fields(v) for k, v in one.items()} == {k: fields(v) for k, v in other.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_chinese_is_chinese_and_no_text_is_empty(language: str) -> None:
    for key, text in read_texts(language).items():
        assert text.strip(), key
        chinese = any("\u4e00" <= c <= "\u9fff" for c in text)
        assert not chinese or language == "zh-CN", key


def asked_for() -> set[str]:
    keys = {f"{area}.{code}" for area, codes in BY_CODE.items() for code in codes}
    written = re.compile(r"""["']([a-z_]+(?:\.[\w-]+)+)["']""")
    known = set(read_texts("en"))
    areas = {key.partition(".")[0] for key in known}
    for path in SOURCES:
        for key in written.findall(path.read_text(encoding="utf-8")):
            is_text = key.partition(".")[0] in areas
            if is_text and not key.endswith((".html", ".yaml", ".js", ".css", ".svg")):
                keys.add(key)
    return keys


def test_every_text_asked_for_is_there_and_none_is_left_over() -> None:
    assert asked_for() == set(read_texts("en"))


def test_missing_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        lookup("en")("menu.nothing")
    with pytest.raises(KeyError):
        read_texts("../en")
