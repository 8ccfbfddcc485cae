"""The pages that people work with: rendered here, htmx and a few small scripts in the browser.

To add a page:

1. A module beside this one, e.g. `overview.py`:

       router = page_router()

       @router.get("/overview", **allow(Role.SUPERVISOR, Role.ADMIN))
       def overview(visitor: CurrentVisitor, services: Injected) -> HTMLResponse:
           return visitor.render("overview.html", figures=...)

   `allow` is the service's own (`api.access`): roles and teams hold here as they do over HTTP.
   Errors raised as `ApiError` become pages; who is not signed in is sent to sign in and back.
2. A template in `templates/` that extends `base.html` and fills the blocks `title` and `main`;
   `scripts` is for `<script type="module" src="{{ static('overview.js') }}">`. No inline script
   or style: the pages' Content-Security-Policy refuses them. Set sizes as SVG attributes.
3. Texts in `texts/en/overview.yaml` and `texts/zh-CN/overview.yaml`, used as `t("overview.title")`.
4. The router in `api.review.site.ROUTERS`, the entry of the menu in `api.review.navigation.MENU`.

Forms that change something: `method="post"` with `{{ csrf() }}` inside; answer with
`visitor.redirect("/account", "account.password_changed")`, whose text is shown on the next page.
Tests in `tests/review/` find pages by their routes: authorisation, texts and accessibility are
checked for a page as soon as its router is there.
"""
