"""Charts as SVG pictures, drawn here; the table beside each one says the same in figures."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

import pygal
from pygal.style import Style

from api.figures import PassRate

# An SVG that is shown as a picture brings its own styles along; nothing else is allowed in it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
MEDIA_TYPE = "image/svg+xml"
_FONT = "system-ui, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


class Width(StrEnum):
    """Of the place where the chart is shown."""

    NARROW = "narrow"
    WIDE = "wide"


_SIZES = {Width.NARROW: (360, 220, 4), Width.WIDE: (1120, 280, 14)}
"""Pixels, and how many days are named."""


def pass_rate_by_day(days: Sequence[PassRate], name: str, width: Width) -> bytes:
    """A line of the daily pass rate in per cent, with gaps where nothing passed or failed.

    Args:
        days: in their order; days without photos may be left out.
        name: of the line.
        width: of the place.

    Returns:
        An SVG document.
    """
    wide, high, named = _SIZES[width]
    rates = {date.fromisoformat(day.key): day.pass_rate for day in days}
    shown = _every_day(min(rates), max(rates)) if rates else []
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="#51606f",
        foreground_strong="#17212b",
        foreground_subtle="#cfd7df",
        colors=("#0b5cad",),
        font_family=_FONT,
        label_font_family=_FONT,
        label_font_size=12,
        major_label_font_family=_FONT,
        major_label_font_size=12,
        guide_stroke_color="#cfd7df",
        major_guide_stroke_color="#cfd7df",
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        stroke_width=2.5,
        stroke_opacity=1,
        opacity=1,
    )
    chart = pygal.Line(
        width=wide,
        height=high,
        margin=8,
        style=style,
        js=(),
        show_legend=False,
        show_minor_x_labels=False,
        range=(0, 100),
        y_labels=(0, 25, 50, 75, 100),
        dots_size=4 if len(shown) <= 45 else 2,
        truncate_label=-1,
        value_formatter=lambda value: f"{value:g} %",
        allow_interruptions=True,
        no_data_text="–",
    )
    chart.x_labels = labels = [f"{day.month}/{day.day}" for day in shown]
    chart.x_labels_major = labels[::-1][:: max(1, -(-len(labels) // named))]
    chart.add(name, [_percent(rates.get(day)) for day in shown])
    svg: bytes = chart.render()
    return svg


def _every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)
