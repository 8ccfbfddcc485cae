"""Puts the pages and their files into the application."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from starlette.staticfiles import StaticFiles

from api.review import account, deciding, desk, filters, omissions, overview, results

ROUTERS = (
    account.router,
    omissions.router,  # before the desk's /review/{check_id}
    deciding.router,
    desk.router,
    filters.router,
    overview.router,
    results.router,
)
STATIC = Path(__file__).parent / "static"


class Files(StaticFiles):
    """Browsers ask every time whether a file has changed, so that no page meets an old script."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, or that it has not changed."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def install(app: FastAPI) -> None:
    """Add the pages."""
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", Files(directory=STATIC), name="static")
