"""`MODEL_CARD.md`: manifest + measurements + what people wrote in `card_notes.yaml`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import MakeError
from models.figures import Figures, share
from vision.manifest import Manifest

NOTES = Path(__file__).parent / "card_notes.yaml"
PLACEHOLDER = "TODO"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceNote(_Strict):
    """One source of training pictures: where from, and under which licence as its makers state."""

    origin: str = Field(min_length=1)
    licence: str = Field(min_length=1)


class Failure(_Strict):
    """One kind of mistake, in words."""

    what: str = Field(min_length=1)
    example: str = Field(min_length=1)
    consequence: str = Field(min_length=1)


VerdictFigures = Mapping[str, Mapping[str, float | int | None]]
"""Rule → name of a figure → its value; see `models.verdicts.Tally.figures`."""


class Notes(_Strict):
    """`card_notes.yaml`."""

    summary: str
    intended_use: tuple[str, ...]
    not_for: tuple[str, ...]
    limits: tuple[str, ...]
    failures: tuple[Failure, ...] = Field(min_length=1)
    sources: Mapping[str, SourceNote]


def read_notes(path: Path = NOTES) -> Notes:
    """Read the notes.

    Raises:
        MakeError: `make.notes_unfinished` if a placeholder is left or a field is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        notes = Notes.model_validate(yaml.safe_load(text))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise MakeError("make.notes_unfinished", f"{path}: {error}") from error
    lines = [n for n, line in enumerate(text.splitlines(), 1) if PLACEHOLDER in line]
    if lines:
        raise MakeError(
            "make.notes_unfinished",
            f"{path} still holds {PLACEHOLDER} in line {', '.join(map(str, lines))}: "
            "write what was seen there",
        )
    return notes


def write_card(
    manifest: Manifest,
    measurements: Sequence[Figures],
    notes: Notes,
    verdicts: VerdictFigures | None = None,
) -> str:
    """The card as Markdown.

    Args:
        manifest: of the network.
        measurements: the first is of the network itself on the whole split; further ones (other
            runtimes, sides) are set beside it.
        notes: what people wrote.
        verdicts: rule → figures, as `ppe model verdicts --json` writes them.

    Raises:
        MakeError: `make.notes_unfinished`: a source without a note, or the first measurement is of
            another network or of a part of the split.
    """
    own = measurements[0]
    if own.sha256 != manifest.sha256 or not own.whole_split:
        raise MakeError(
            "make.notes_unfinished",
            "the first evaluation must be of the manifest's network on the whole split: "
            "ppe model evaluate --data DIR --json FILE",
        )
    missing = sorted(set(manifest.trained_on) - set(notes.sources))
    if missing:
        raise MakeError("make.notes_unfinished", f"no note on the sources {', '.join(missing)}")
    parts = [
        f"# {manifest.name} {manifest.version}",
        "<!-- Written by `ppe model card`; change models/card_notes.yaml, not this file. -->",
        notes.summary.strip(),
        _facts(manifest),
        "## Intended use\n\n" + _list(notes.intended_use),
        "## Must not be used for\n\n" + _list(notes.not_for),
        "## How well it sees\n\n" + _measured(manifest, own),
    ]
    if len(measurements) > 1:
        parts.append("## Side by side: AP50\n\n" + _side_by_side(measurements))
    if verdicts:
        parts.append("## What the rules make of it\n\n" + _verdicts(verdicts))
    if manifest.rules or manifest.mess:
        title = "## What some rules use in place of the classes' thresholds"
        parts.append(f"{title}\n\n{_own(manifest)}")
    parts += [
        "## What it still gets wrong\n\n" + _failures(notes),
        "## Limits\n\n" + _list(notes.limits),
        "## Training pictures\n\n" + _sources(manifest, notes),
    ]
    return "\n\n".join(parts) + "\n"


def _own(manifest: Manifest) -> str:
    """One line a rule and class, then the measurement behind each rule's."""
    rows = [
        f"| {facts.rule} | {facts.label} | {'yes' if facts.supported else 'no'} | "
        f"{facts.present:.3f} | {facts.absent:.3f} |"
        for facts in manifest.rules
    ]
    whys = {str(facts.rule): facts.why for facts in manifest.rules}
    if manifest.mess is not None:
        mess = manifest.mess
        rows.append(
            f"| site.clean | second output | yes | {mess.present:.3f} | {mess.absent:.3f} |"
        )
        whys["site.clean"] = mess.why
    head = ["| rule | class | supported | present | absent |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, "", *(f"- **{rule}**: {why}." for rule, why in whys.items())])


def _verdicts(verdicts: VerdictFigures) -> str:
    """One row a rule; shares of the photos named in the heading."""
    columns = {
        "photos": "photos",
        "truth_fail": "of them wrong",
        "fail_precision": "FAIL is right",
        "wrong_pass": "wrong ones passed",
        "wrong_fail": "right ones failed",
        "unsure": "unsure",
    }
    lines = [
        "Validation photos with a prominent person (or feet) whose labels decide the rule;",
        "`ppe model verdicts` prints this table, `models/truth.py` says how the truth is found.",
        "",
        f"| rule | {' | '.join(columns.values())} |",
        f"| --- |{' --- |' * len(columns)}",
    ]
    for rule, figures in verdicts.items():
        cells = ("–" if figures[key] is None else f"{figures[key]:g}" for key in columns)
        lines.append(f"| {rule} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _facts(manifest: Manifest) -> str:
    rows = {
        "file": f"`{manifest.file}`",
        "sha256": f"`{manifest.sha256}`",
        "input": f"RGB, 0 to 1, long edge {manifest.input_side} px, sides multiples of 32",
        "licence": manifest.licence,
    }
    return _table(("", ""), rows.items())


def _measured(manifest: Manifest, own: Figures) -> str:
    rows = []
    for facts in manifest.classes:
        figures = own.of(facts.label)
        point = figures.at_present
        rows.append(
            (
                str(facts.label),
                "yes" if facts.supported else "no",
                str(figures.pictures),
                str(figures.pictures_with),
                str(figures.boxes),
                share(figures.ap50),
                str(figures.judged_boxes),
                share(facts.present),
                share(point.precision),
                share(point.recall),
            )
        )
    head = (
        "class", "supported", "pictures", "showing it", "things", "AP50",
        "judged", "present", "precision", "recall",
    )  # fmt: skip
    how = (
        f"Measured on {own.pictures} real validation pictures that training never saw, divided by "
        "group. Labels are partial: each class is measured only on the pictures whose source boxes "
        "it exhaustively; that is the column *pictures*. AP50 is over all things. Precision and "
        "recall are at the `present` threshold over things of at least "
        f"{own.judged_side:.0f} px of the input (*judged*). A class that is not supported gives no "
        "verdict: the rules that need it answer UNSURE."
    )
    reasons = _list([f"**{facts.label}**: {facts.why}." for facts in manifest.classes])
    return "\n\n".join([how, _table(head, rows), "Why the thresholds are what they are:", reasons])


def _side_by_side(measurements: Sequence[Figures]) -> str:
    head = ("class", *(f"{m.file} ({m.runtime}, {m.input_side} px)" for m in measurements))
    rows = [
        (str(row.label), *(share(m.of(row.label).ap50) for m in measurements))
        for row in measurements[0].classes
        if row.boxes
    ]
    rows.append(("mean", *(share(m.mean_ap50()) for m in measurements)))
    return _table(head, rows)


def _failures(notes: Notes) -> str:
    return _list(
        [
            f"**{f.what.strip()}** {f.example.strip()} {f.consequence.strip()}"
            for f in notes.failures
        ]
    )


def _sources(manifest: Manifest, notes: Notes) -> str:
    rows = [
        (name, notes.sources[name].origin, notes.sources[name].licence)
        for name in manifest.trained_on
    ]
    return _table(("source", "origin", "licence as its makers state"), rows)


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {' '.join(line.split())}" for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )
