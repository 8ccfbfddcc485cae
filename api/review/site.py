"""Puts the pages and their files into the application."""

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api.review import account
from api.review.page import STATIC

ROUTERS = (account.router,)


def install(app: FastAPI) -> None:
    """Add the pages."""
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
