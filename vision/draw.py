"""The annotated picture: evidence boxes in the verdict's colour, and the answers below."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from vision.findings import Finding, Verdict
from vision.report import Report
from vision.texts import explain, rule_name, verdict_name

# Colours that red-green blindness keeps apart (Okabe & Ito, 2008), with a word beside each.
COLOURS = {
    Verdict.PASS: (0, 158, 115),
    Verdict.FAIL: (213, 94, 0),
    Verdict.UNSURE: (230, 159, 0),
    Verdict.NOT_ASKED: (130, 130, 130),
}
SEVERITY = (Verdict.NOT_ASKED, Verdict.PASS, Verdict.UNSURE, Verdict.FAIL)
MIN_WIDTH = 560  # the answers below need this much
MAX_HEIGHT = 4000  # of an enlarged narrow photo


def annotate(pixels: npt.NDArray[np.uint8], report: Report) -> Image.Image:
    """Draw a report onto its decoded photo.

    Args:
        pixels: RGB uint8, shape (height, width, 3): `Photo.pixels`.
        report: of that photo.

    Returns:
        The picture with boxes and a legend below it, in English (the built-in font has no Chinese).
    """
    photo = Image.fromarray(pixels)
    zoom = max(1.0, min(MIN_WIDTH / photo.width, MAX_HEIGHT / photo.height))
    if zoom > 1:
        photo = photo.resize((round(photo.width * zoom), round(photo.height * zoom)))
    width = max(MIN_WIDTH, photo.width)
    pen = ImageDraw.Draw(photo)
    font = ImageFont.load_default(max(13, width // 52))
    line = max(2, width // 320)
    # The worst verdicts last, so that nothing covers them.
    for finding in sorted(report.findings, key=lambda f: SEVERITY.index(f.verdict)):
        for box in finding.boxes:
            corners = [v * zoom for v in (box.x1, box.y1, box.x2, box.y2)]
            pen.rectangle(corners, outline=COLOURS[finding.verdict], width=line)
            _tag(pen, f"{box.label} {box.score:.2f}", corners, finding, font, photo.size)
    legend = _legend(report, width)
    sheet = Image.new("RGB", (width, photo.height + legend.height), "white")
    sheet.paste(photo, (0, 0))
    sheet.paste(legend, (0, photo.height))
    return sheet


def _tag(
    pen: ImageDraw.ImageDraw,
    text: str,
    corners: list[float],
    finding: Finding,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    size: tuple[int, int],
) -> None:
    """A label above the box, or inside it at the picture's edge."""
    x1, _, x2, y2 = pen.textbbox((0, 0), text, font=font)
    width, height = x2 - x1 + 6, y2 + 4
    left = min(max(0.0, corners[0]), size[0] - width)
    top = corners[1] - height if corners[1] >= height else corners[1]
    pen.rectangle([left, top, left + width, top + height], fill=COLOURS[finding.verdict])
    pen.text((left + 3, top + 1), text, fill="white", font=font)


def _legend(report: Report, width: int) -> Image.Image:
    """One line per rule: mark, name, what it means."""
    size = max(14, width // 56)
    font = ImageFont.load_default(size)
    row = round(size * 1.7)
    rows = 1 + len(report.findings)
    legend = Image.new("RGB", (width, rows * row + 12), "white")
    pen = ImageDraw.Draw(legend)
    head = f"{report.shot}: {verdict_name(report.verdict, 'en').upper()}"
    pen.rectangle([0, 0, width, row + 2], fill=COLOURS[report.verdict])
    pen.text((8, 4), head, fill="white", font=font)
    for number, finding in enumerate(report.findings, 1):
        y = number * row + 8
        name = verdict_name(finding.verdict, "en").upper()
        text = f"{rule_name(finding.rule, 'en')}: {explain(finding, 'en')}"
        if finding.advisory:
            text = f"(advisory) {text}"
        pen.text((8, y), name, fill=COLOURS[finding.verdict], font=font)
        pen.text(
            (8 + 7.2 * size, y), _fitted(pen, text, font, width - 16 - 7.2 * size), "black", font
        )
    return legend


def _fitted(
    pen: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    room: float,
) -> str:
    """Cut a text that is wider than `room` pixels."""
    if pen.textlength(text, font=font) <= room:
        return text
    while text and pen.textlength(text + "…", font=font) > room:
        text = text[:-1]
    return text + "…"
