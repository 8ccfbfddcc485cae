"""What the phone app takes over from the Python side, so that nothing is typed twice.

`python -m edge.phone_data` writes the label list, rules, reasons, constants, the default policy
and the texts into `edge/phone/src/engine/generated/`. The files are committed, so that the app is
built without Python; a test holds them to the code.
"""

import json
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from vision import (
    LABELS,
    ArgumentError,
    ModelError,
    PhotoError,
    PhotoLimits,
    PolicyError,
    Reason,
    Shot,
    Verdict,
    capture,
    checker,
    colour,
    detector,
    quality,
    read_policy,
    scene,
    session,
)
from vision.policy import RuleId, Weight
from vision.rules import RULES, chest, helmet, uniform
from vision.texts import LANGUAGES, read_texts

GENERATED = Path(__file__).parent / "phone" / "src" / "engine" / "generated"
# They ask for more than the photo: the one from before, the technician's number. The server asks
# them too only where it is given that; the phone leaves them out.
SERVER_ONLY = tuple(rule.id for rule in RULES.values() if rule.compares or rule.asks_number)
LISTS: dict[str, tuple[str, Any]] = {
    "LABELS": ("Label", LABELS),
    "SHOTS": ("Shot", Shot),
    "RULE_IDS": ("RuleId", RuleId),
    "SERVER_ONLY": ("ServerOnly", SERVER_ONLY),
    "WEIGHTS": ("Weight", Weight),
    "VERDICTS": ("Verdict", Verdict),
    "REASONS": ("Reason", Reason),
    "LANGUAGES": ("Language", LANGUAGES),
}
MODULES: tuple[ModuleType, ...] = (
    capture,
    checker,
    colour,
    detector,
    quality,
    scene,
    session,
    chest,
    helmet,
    uniform,
)
ERRORS = (PhotoError, ModelError, PolicyError, ArgumentError)


def constants(module: ModuleType) -> dict[str, Any]:
    """The numbers, arrays and label groups a module names in capitals."""
    return {
        name.lstrip("_"): plain
        for name, value in vars(module).items()
        if name.isupper() and (plain := _plain(value)) is not None
    }


def _plain(value: Any) -> Any:
    """A JSON value; None for what is not data."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 2:  # tables by code are computed
        return value.tolist()
    if isinstance(value, tuple) and value and all(isinstance(part, StrEnum) for part in value):
        return [str(part) for part in value]
    return None


def shared_source() -> str:
    """TypeScript: every list with its union type, and the constants."""
    lines = ["// Written by `python -m edge.phone_data` out of vision/: change it there."]
    for name, (kind, values) in LISTS.items():
        lines.append(f"export const {name} = {_json([str(value) for value in values])} as const;")
        lines.append(f"export type {kind} = (typeof {name})[number];")
    judged = [rule for rule in RuleId if rule not in SERVER_ONLY]
    needs = {str(rule): sorted(map(str, RULES[rule].needs)) for rule in judged}
    lines.append("export type JudgedRule = Exclude<RuleId, ServerOnly>;")
    lines.append(f"export const NEEDS: Record<JudgedRule, readonly Label[]> = {_json(needs)};")
    limits = {name: getattr(PhotoLimits(), name) for name in PhotoLimits.__dataclass_fields__}
    lines.append(f"export const LIMITS = {_json(limits)} as const;")
    for module in MODULES:
        name = module.__name__.rpartition(".")[2].upper()
        lines.append(f"export const {name} = {_json(constants(module))} as const;")
    advice = {code: text for error in ERRORS for code, text in error.codes.items()}
    lines.append(f"export const ADVICE = {_json(advice)} as const;")
    lines.append("export type ErrorCode = keyof typeof ADVICE;")
    return "\n".join(lines) + "\n"


def files() -> dict[str, str]:
    """Every generated file: name → content."""
    policy = read_policy().model_dump(mode="json")
    texts = {language: read_texts(language) for language in LANGUAGES}
    return {
        "shared.ts": shared_source(),
        "policy.json": _json(policy) + "\n",
        "texts.json": _json(texts) + "\n",
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def main() -> None:
    """Write every file."""
    GENERATED.mkdir(exist_ok=True)
    for name, content in files().items():
        (GENERATED / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
