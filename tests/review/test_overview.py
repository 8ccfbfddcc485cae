"""The overview: figures of one's own teams, a table beside every chart, tables to take along."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from api.figures import PassRate
from api.review.charts import NAMED_DAYS, pass_rate_line
from api.tables import Check
from tests.api.conftest import Api
from tests.api.network import photo
from tests.api.test_reviews import review
from tests.review.conftest import Element, SignIn


def rows(page: Element, title: str) -> list[list[str]]:
    """Body of the table under a heading."""
    (section,) = (s for s in page.all("section") if [h.text for h in s.all("h2")] == [title])
    return [
        [c.text for c in row.children if isinstance(c, Element)]
        for row in section.one("tbody").all("tr")
    ]


def fill(api: Api) -> None:
    bad = api.check(data=photo(1, helmet=False))
    review(api, bad, changes={"helmet.worn": "PASS"})
    api.check(data=photo(2, helmet=False))
    api.check(who="technician_b", order="ORDER-B", data=photo(3))


def test_figures_of_ones_own_teams(api: Api, sign_in: SignIn) -> None:
    fill(api)
    page = sign_in("supervisor-a").get("/overview")
    assert [tile.text for tile in page.one("dl", class_="tiles").all("dd")] == [
        "2",
        "50.0 %",
        "0.0 %",
        "1",
        "1",
        "0",
    ]
    assert rows(page, "By team") == [["Team A", "2", "1", "0", "50.0 %", ""]]
    assert rows(page, "By technician")[0][0] == "Technician A"
    assert rows(page, "By rule")[0] == ["Safety helmet", "2", "1", "0", "50.0 %", ""]
    agreement = rows(page, "Model and supervisors")
    assert agreement[0] == ["Safety helmet", "1", "1", "0", "0", "100.0 %", ""]
    assert len(rows(sign_in("admin").get("/overview"), "By team")) == 2


def test_filters_and_downloads_belong_together(api: Api, sign_in: SignIn) -> None:
    fill(api)
    with api.services.database.write() as session:
        past = session.scalars(select(Check.day).limit(1)).one() - timedelta(days=40)
        moved = update(Check).where(Check.technician_id == api.world.ids["technician_b"])
        session.execute(moved.values(day=past))
    browser = sign_in("admin", language="zh-CN")
    page = browser.get("/overview")
    assert len(rows(page, "按班组")) == 1
    page = browser.get(f"/overview?team=&shot=selfie&from_day={past}&to_day=")
    assert len(rows(page, "按班组")) == 2
    links = [a["href"] for a in page.one("p", class_="downloads").all("a")]
    assert all(f"from_day={past}" in link and "shot=selfie" in link for link in links)
    for link in links:
        assert browser.client.get(link).status_code == 200
    checks = browser.client.get(links[2]).text
    assert len(checks.splitlines()) == 4
    assert "检查编号" in checks


def test_chart_has_a_dot_a_day_that_says_its_figures(api: Api, sign_in: SignIn) -> None:
    fill(api)
    chart = sign_in("supervisor-a").get("/overview").one("svg", role="img")
    assert chart["aria-label"]
    assert [dot.one("title").text[10:] for dot in chart.all("circle")] == [": 50.0 % (1 / 2)"]


def day(key: str, rate: float | None) -> PassRate:
    return PassRate(key=key, name=key, total=2, passed=1, failed=1, unsure=0, pass_rate=rate)


def test_line_has_gaps_where_nothing_was_decided() -> None:
    days = [day("2026-04-29", 1.0), day("2026-04-30", 0.5), day("2026-05-01", None)]
    line = pass_rate_line([*days, day("2026-05-03", 0.0), day("2026-05-08", 0.25)])
    assert [(dot.x, dot.y) for dot in line.dots] == [(0, 0), (11.11, 50), (44.44, 100), (100, 75)]
    assert [(a.x, b.x) for a, b in line.pieces] == [(0, 11.11)]
    assert line.named[0] == (100, "5/8")
    assert len(line.named) <= NAMED_DAYS
    assert pass_rate_line([]).dots == []
    (only,) = pass_rate_line([day("2026-05-01", 0.5)]).dots
    assert (only.x, only.y) == (0, 50)


@given(st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), min_size=1, unique=True))
def test_line_stays_in_its_frame(dates: list[date]) -> None:
    line = pass_rate_line([day(str(one), 0.5) for one in sorted(dates)])
    assert len(line.dots) == len(dates)
    assert all(0 <= dot.x <= 100 for dot in line.dots)
    following = sum(one + timedelta(days=1) in dates for one in dates)
    assert len(line.pieces) == following
    assert 1 <= len(line.named) <= NAMED_DAYS


def test_no_photos_no_figures(sign_in: SignIn) -> None:
    page = sign_in("supervisor-b").get("/overview")
    assert not page.all("table")
    assert not page.all("svg", role="img")
    assert "No photos in this time." in page.text


@pytest.mark.parametrize("query", ["team=x", "shot=hat", "from_day=yesterday"])
def test_filters_that_cannot_be_used(sign_in: SignIn, query: str) -> None:
    assert "cannot be used" in sign_in("admin").get(f"/overview?{query}", 422).text


def test_technicians_have_no_overview(sign_in: SignIn) -> None:
    sign_in("SZ100-a").get("/overview", 403)
