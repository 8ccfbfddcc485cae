"""The technician's side: own photos and what to do about them, appeals, own work orders."""

from tests.api.conftest import Api
from tests.api.network import photo
from tests.api.test_reviews import review
from tests.review.conftest import SignIn


def test_own_photos_newest_first_with_what_to_fix(api: Api, sign_in: SignIn) -> None:
    bad = api.check(data=photo(1, helmet=False))
    good = api.check(data=photo(2), shot="site_after")
    api.check(who="technician_b", order="ORDER-B", data=photo(3, helmet=False))
    browser = sign_in("SZ100-a")
    page = browser.get("/results")
    links = [a["href"] for a in page.one("ul", class_="results").all("a")]
    assert links == [f"/results/{good['id']}", f"/results/{bad['id']}"]
    assert "Put your helmet on." in page.one("li", class_="retake").text
    page = browser.get("/results?show=to_do")
    assert [a["href"] for a in page.one("ul", class_="results").all("a")] == links[1:]
    api.check(data=photo(4))  # a better selfie of the same order
    assert not browser.get("/results?show=to_do").all("ul", class_="results")
    assert browser.get("/results").all("li", class_="retaken")


def test_results_come_in_pages(api: Api, sign_in: SignIn) -> None:
    sent = [api.check(data=photo(n))["id"] for n in range(22)]
    browser = sign_in("SZ100-a")
    page = browser.get("/results")
    first = [a["href"] for a in page.one("ul", class_="results").all("a")]
    more = page.one("p", class_="more").one("a")["href"]
    page = browser.get(more)
    second = [a["href"] for a in page.one("ul", class_="results").all("a")]
    assert [*first, *second] == [f"/results/{check}" for check in reversed(sent)]


def test_one_photo_says_what_is_wrong_and_what_a_supervisor_said(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=photo(1, helmet=False))
    browser = sign_in("SZ100-a")
    page = browser.get(f"/results/{check['id']}")
    assert "Put your helmet on." in page.all("ol", class_="findings")[0].text
    assert "face the camera" in page.one("p", class_="state").text.lower()
    review(api, check, decision="reject", comment="This is a photo of a screen.")
    page = browser.get(f"/results/{check['id']}")
    assert "This is a photo of a screen." in page.one("ul", class_="events").text
    assert "Wang Fang" not in page.text  # who decided is nothing to quarrel about
    browser.get(f"/results/{api.check(data=photo(2))['id']}")
    assert not browser.page.all("form", class_="appeal")


def test_a_supervisors_other_verdict_is_not_explained_with_the_models_words(
    api: Api, sign_in: SignIn
) -> None:
    check = api.check(data=photo(1))
    review(api, check, changes={"helmet.worn": "FAIL"}, comment="A cap, no helmet.")
    page = sign_in("SZ100-a").get(f"/results/{check['id']}")
    assert "A supervisor looked and decided this." in page.all("ol", class_="findings")[0].text
    assert "A helmet is on the head." not in page.all("ol", class_="findings")[0].text


def test_appeal_and_its_answer(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=photo(1, helmet=False))
    browser = sign_in("SZ100-a")
    path = f"/results/{check['id']}"
    browser.get(path)
    page = browser.post(f"{path}/appeal", text="安全帽是橙色的。")
    assert "with the supervisors" in page.one("div", role="status").text
    assert page.all("p", class_="appealed")
    assert not page.all("form", class_="appeal")
    (waiting,) = api.get("supervisor_a", "/v1/appeals", waiting=True)["items"]
    assert (waiting["text"], waiting["check_id"]) == ("安全帽是橙色的。", check["id"])
    browser.post(f"{path}/appeal", 409, text="Again.", csrf_token=browser.csrf)
    review(api, check | {"version": 2}, changes={"helmet.worn": "PASS"}, comment="You are right.")
    page = browser.get(path)
    assert "You are right." in page.one("ul", class_="events").text
    assert page.all("p", class_="passed")


def test_empty_appeal_is_refused(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=photo(1, helmet=False))
    browser = sign_in("SZ100-a")
    browser.get(f"/results/{check['id']}")
    browser.post(f"/results/{check['id']}/appeal", 422, text="")


def test_what_is_anothers_is_not_shown(api: Api, sign_in: SignIn) -> None:
    other = api.check(who="technician_b", order="ORDER-B", data=photo(1, helmet=False))
    browser = sign_in("SZ100-a")
    browser.get(f"/results/{other['id']}", 404)
    browser.get("/results")
    browser.post(f"/results/{other['id']}/appeal", 404, text="Not mine.")


def test_orders_say_which_photos_are_in(api: Api, sign_in: SignIn) -> None:
    api.check(data=photo(1, helmet=False))
    page = sign_in("SZ100-a", language="zh-CN").get("/orders")
    order = page.one("li", class_="order")
    assert "ORDER-A" in order.text
    assert "ORDER-B" not in page.text
    rows = [item.text for item in order.one("ul", class_="shots").all("li")]
    assert rows == ["自拍 不合格", "施工后现场 待上传"]
    assert order.has("class_", "failed")


def test_technicians_begin_with_their_photos(api: Api, sign_in: SignIn) -> None:
    browser = sign_in("SZ100-a")
    browser.get("/")
    assert browser.answer.url.path == "/results"
    assert "no photos of yours yet" in browser.page.text
