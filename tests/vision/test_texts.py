"""Every code has a text in every language, and no text is left over."""

import string

import pytest

from tests.vision.networks import default_policy
from vision import Finding, Reason, Verdict
from vision.policy import RuleId
from vision.texts import LANGUAGES, explain, read_texts, rule_name, verdict_name

WITH_DETAIL = {Reason.COLOUR_RIGHT, Reason.COLOUR_WRONG, Reason.COLOUR_UNCLEAR}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_complete_and_none_is_left_over(language: str) -> None:
    texts = read_texts(language)
    assert texts["language"] == language
    assert set(texts["verdicts"]) == set(Verdict)
    assert set(texts["rules"]) == set(RuleId)
    assert set(texts["reasons"]) == set(Reason)
    assert set(texts) <= {"language", "verdicts", "rules", "reasons", "colours"}
    for part in ("verdicts", "rules", "reasons"):
        assert all(str(text).strip() for text in texts[part].values()), part


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_colour_of_the_policy_has_a_word(language: str) -> None:
    """English shows the policy's own names; other languages need a table."""
    words = read_texts(language).get("colours", {})
    expected = set() if language == "en" else set(default_policy().colours)
    assert set(words) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(Reason))
def test_detail_is_used_where_it_is_given(language: str, reason: Reason) -> None:
    text = str(read_texts(language)["reasons"][reason])
    assert fields(text) == ({"detail"} if reason in WITH_DETAIL else set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_chinese_is_chinese_and_english_is_english(language: str) -> None:
    for text in read_texts(language)["reasons"].values():
        chinese = any("\u4e00" <= c <= "\u9fff" for c in text)
        assert chinese == (language == "zh-CN")


def test_names() -> None:
    assert rule_name(RuleId.HELMET_WORN, "en") == "Safety helmet"
    assert rule_name(RuleId.HELMET_WORN, "zh-CN") == "安全帽"
    assert verdict_name(Verdict.NOT_ASKED, "en") == "not asked"


def finding(detail: str) -> Finding:
    return Finding(RuleId.HELMET_COLOUR, Verdict.FAIL, Reason.COLOUR_WRONG, detail=detail)


@pytest.mark.parametrize(
    ("detail", "language", "word"),
    [
        ("yellow", "en", "(yellow)"),
        ("yellow", "zh-CN", "（黄色）"),
        ("company teal", "zh-CN", "（company teal）"),  # a colour of somebody's own policy
        ("", "en", "(?)"),
        ("{evil}", "en", "({evil})"),
    ],
)
def test_detail_in_the_text(detail: str, language: str, word: str) -> None:
    assert word in explain(finding(detail), language)


def test_unknown_language() -> None:
    with pytest.raises(KeyError):
        read_texts("../en")
