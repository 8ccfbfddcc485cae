"""The overview: figures of one's own teams, a table beside every chart, tables to take along."""

import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.tables import Check
from tests.api.conftest import Api
from tests.api.network import photo
from tests.api.test_reviews import review
from tests.review.conftest import Browser, Element, SignIn

SVG = "{http://www.w3.org/2000/svg}"


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


def test_chart_is_a_picture_without_scripts_from_elsewhere(api: Api, sign_in: SignIn) -> None:
    fill(api)
    browser = sign_in("supervisor-a")
    page = browser.get("/overview")
    picture = page.one("picture")
    assert picture.one("img")["alt"]
    for address in (picture.one("img")["src"], picture.one("source")["srcset"]):
        answer = browser.client.get(address)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        drawn = ET.fromstring(answer.content)
        assert len([c for c in drawn.iter(f"{SVG}circle") if "dot" in c.get("class", "")]) == 1
        assert not [s for s in drawn.iter(f"{SVG}script") if s.attrib.keys() - {"type"}]


def test_no_photos_no_figures(sign_in: SignIn) -> None:
    page = sign_in("supervisor-b").get("/overview")
    assert not page.all("table")
    assert not page.all("img", class_="chart")
    assert "No photos in this time." in page.text


@pytest.mark.parametrize("query", ["team=x", "shot=hat", "from_day=yesterday"])
def test_filters_that_cannot_be_used(sign_in: SignIn, query: str) -> None:
    assert "cannot be used" in sign_in("admin").get(f"/overview?{query}", 422).text


def test_technicians_have_no_overview(sign_in: SignIn) -> None:
    browser: Browser = sign_in("SZ100-a")
    browser.get("/overview", 403)
    browser.get("/overview/days.svg", 403)
