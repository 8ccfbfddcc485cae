"""Texts for people, looked up by code; one YAML file a language beside this module."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vision.findings import Finding, Verdict

LANGUAGES = ("en", "zh-CN")


@cache
def read_texts(language: str) -> dict[str, Any]:
    """All texts of a language.

    Raises:
        KeyError: there is no such language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    path = Path(__file__).parent / f"{language}.yaml"
    texts: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return texts


def rule_name(rule: str, language: str) -> str:
    """Name of a rule."""
    return str(read_texts(language)["rules"][rule])


def verdict_name(verdict: Verdict, language: str) -> str:
    """Name of a verdict."""
    return str(read_texts(language)["verdicts"][str(verdict)])


def explain(finding: Finding, language: str) -> str:
    """What a finding means and what to do, in one or two sentences."""
    texts = read_texts(language)
    detail = texts.get("colours", {}).get(finding.detail, finding.detail)
    return str(texts["reasons"][str(finding.reason)]).format(detail=detail or "?")
