"""The addresses of the board, and who is let in: reading by the secret, writing by the same origin too."""

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from twin.dates import months_between
from twin.report.page import STYLES, render, translations
from twin.report.provenance import assumed
from twin.serve.board import Board, body_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

PROGRAMS = (
    "core.js",
    "board.js",
    "board_calendar.js",
    "board_answer.js",
    "late.js",
    "breach.js",
    "board_why.js",
    "board_provisional.js",
    "board_futures.js",
    "board_ranking.js",
    "board_map.js",
    "board_settings.js",
    "board_start.js",
)
BOARD_STYLES = (*STYLES, "board.css")
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
IN_BOARD = {**HEADERS, "X-Frame-Options": "SAMEORIGIN"}
"""Of pages that a board shows within its own."""
_MOST_PLANS = 24
Act = Callable[[Mapping[str, str], dict[str, Any]], tuple[int, dict[str, Any]]]


def admit(request: "Request", token: str) -> None:
    """Find nothing at an address without the secret."""
    from starlette.exceptions import HTTPException

    if not secrets.compare_digest(request.path_params["token"].encode(), token.encode()):
        raise HTTPException(404)


def admit_writing(request: "Request", token: str) -> None:
    """Refuse to write for a page that was not served from here: browsers tell where a request is from."""
    from starlette.exceptions import HTTPException

    admit(request, token)
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if request.headers.get("origin") != own:
        raise HTTPException(403, "not from this page")
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise HTTPException(415, "not JSON")


def _names(plans: Any) -> list[str]:
    """Return some plans, the first of very many."""
    return [str(own) for own in plans[:_MOST_PLANS]] if isinstance(plans, list) and plans else [""]


def board_routes(board: Board, token: str) -> "list[BaseRoute]":
    """Return the addresses of a board."""
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.responses import HTMLResponse, JSONResponse
    from starlette.routing import Route

    def page(request: "Request") -> "Response":
        admit(request, token)
        state = board.state()
        base = board.desk.base()
        data = {
            "months": months_between(base.start, base.end),
            "start": base.start.isoformat(),
            "assumed": assumed(base),
            "board": state,
            "currency": state["currency"],
            "names": translations(base),
        }
        text = render("board.html", PROGRAMS, data, state["name"], "", live=True, styles=BOARD_STYLES)
        return HTMLResponse(text, headers=HEADERS)

    def state(request: "Request") -> "Response":
        admit(request, token)
        return JSONResponse(board.state(), headers=HEADERS)

    def look(request: "Request") -> "Response":
        admit(request, token)
        status, told = board.look(request.path_params["key"])
        return JSONResponse(told, status, headers=HEADERS)

    def writing(path: str, method: str, act: Act) -> "BaseRoute":
        async def endpoint(request: "Request") -> "Response":
            admit_writing(request, token)
            body = await body_of(request)
            if body is None:
                raise HTTPException(400, "not a JSON mapping, or too long")
            status, told = await run_in_threadpool(act, request.path_params, body)
            return JSONResponse(told, status, headers=HEADERS)

        return Route(f"/{{token}}/{path}", endpoint, methods=[method])

    return [
        Route("/{token}/", page, methods=["GET"]),
        Route("/{token}/state.json", state, methods=["GET"]),
        Route("/{token}/answers/{key}", look, methods=["GET"]),
        writing("answers/{key}", "DELETE", lambda path, _: board.stop(path["key"])),
        writing("variants", "POST", lambda _, body: board.create(body)),
        writing("variants/{name}", "PUT", lambda path, body: board.change(path["name"], body)),
        writing("variants/{name}", "DELETE", lambda path, body: board.remove(path["name"], body)),
        writing("answers", "POST", lambda _, body: board.ask(str(body.get("variant", "")))),
        writing("futures", "POST", lambda _, body: board.glance(_names(body.get("plans")))),
        writing("orders", "POST", lambda _, body: board.keep_order(str(body.get("variant", "")), body)),
    ]
