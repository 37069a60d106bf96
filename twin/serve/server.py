"""A server for this machine: the board of a scenario; the results in a folder, their pages, runs compared.

A secret in the address keeps other programs and pages of this machine out; names in an address are looked up
in the list of what was found, never joined to a path. Without a board it reads only.
"""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.errors import InvalidInput, Mistake
from twin.extras import needs
from twin.report.comparison import page_of_runs
from twin.report.folder import Folder, kind_of
from twin.report.page import render
from twin.serve.answers import Answers
from twin.serve.board import Board
from twin.serve.files import KINDS, made, makeable, offering
from twin.serve.futures import Futures
from twin.serve.listing import find, running, shelf
from twin.serve.opening import Served
from twin.serve.routes import HEADERS, IN_BOARD, admit, board_routes

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

HOST = "127.0.0.1"
PROGRAMS = ("core.js", "serve.js")
_READINGS = 5


def application(root: Path, token: str, board: Board | None = None) -> "Starlette":
    """Return the server of a results folder as an ASGI application.

    Parameters
    ----------
    root
        Of results, nothing outside it is read.
    token
        The first part of every address.
    board
        Stands at the first address, the list of results behind it; None: nothing is run or written.

    Raises
    ------
    InvalidInput
        If the libraries of the extra ``serve`` are not installed.
    """
    needs("starlette", "serve")
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import HTMLResponse, JSONResponse
    from starlette.routing import Route

    def index(request: "Request") -> "Response":
        admit(request, token)
        return HTMLResponse(_index(root), headers=HEADERS)

    def news(request: "Request") -> "Response":
        admit(request, token)
        return JSONResponse({"running": running(root), "shelf": shelf(root)}, headers=HEADERS)

    def page(request: "Request") -> "Response":
        admit(request, token)
        folder = find(root).get(request.path_params["name"])
        if folder is None:
            raise HTTPException(404)
        return _shown(lambda: offering(folder), folder, headers=IN_BOARD)

    def compare(request: "Request") -> "Response":
        admit(request, token)
        found, names = find(root), request.query_params.getlist("run")
        if len(names) < 2 or any(name not in found or kind_of(found[name]) != "run" for name in names):
            raise HTTPException(404)
        folders = [found[name] for name in names]
        return _shown(lambda: page_of_runs(dict(zip(names, map(Folder, folders), strict=True))), *folders)

    return Starlette(
        routes=[
            *([] if board is None else board_routes(board, token)),
            Route("/{token}/" if board is None else "/{token}/shelf", index, methods=["GET"]),
            Route("/{token}/news.json", news, methods=["GET"]),
            Route("/{token}/compare", compare, methods=["GET"]),
            Route("/{token}/page/{name:path}", page, methods=["GET"]),
            _files(root, token),
        ],
        # a page elsewhere cannot reach this one by a name of its own that points here
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def _files(root: Path, token: str) -> "BaseRoute":
    """Return the address of files that are made of results when they are asked for."""
    from starlette.exceptions import HTTPException
    from starlette.routing import Route

    def file(request: "Request") -> "Response":
        admit(request, token)
        folder, name = find(root).get(request.path_params["name"]), request.query_params.get("as", "")
        if folder is None or name not in makeable(kind_of(folder)):
            raise HTTPException(404)
        return _made(folder, name)

    return Route("/{token}/files/{name:path}", file, methods=["GET"])


def bind(port: int) -> socket.socket:
    """Return a socket on a port of this machine, on any that is free for 0.

    Raises
    ------
    InvalidInput
        If the port is taken, or not ours to take.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        bound.listen()
    except OSError as error:
        bound.close()
        reason = error.strerror or str(error)
        raise InvalidInput(
            [Mistake(f"--port {port}", 0, reason, "another one; 0: any that is free")]
        ) from None
    return bound


def serve(served: Served, bound: socket.socket, token: str) -> None:
    """Serve on this machine until interrupted."""
    uvicorn: Any = needs("uvicorn", "serve")
    with ExitStack() as stack:
        board = None
        if served.desk is not None:
            answers = stack.enter_context(Answers(served.results))
            board = Board(served.desk, answers, stack.enter_context(Futures()))
            # networks are open, and the base is there, when it is looked at
            answers.ask(served.desk.base())
            answers.open(served.desk.base())
        made = application(served.results, token, board)
        uvicorn.Server(uvicorn.Config(made, log_level="warning", access_log=False)).run(sockets=[bound])


def _shown(make: Callable[[], str], *folders: Path, headers: Mapping[str, str] = HEADERS) -> "Response":
    """Answer with a page of some folders, or with why they cannot be shown."""
    from starlette.responses import HTMLResponse

    try:
        return HTMLResponse(_steady(make, folders), headers=headers)
    except Exception as error:  # whatever is wrong in one folder, the others are still shown
        return _refused("this folder cannot be shown", error)


def _made(folder: Path, name: str) -> "Response":
    """Answer with a file of a folder, or with why it cannot be made."""
    from starlette.responses import Response

    try:
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(made(folder, name), media_type=KINDS[name], headers=headers)
    except Exception as error:
        return _refused(f"{name} cannot be made", error)


def _refused(what: str, error: Exception) -> "Response":
    from starlette.responses import PlainTextResponse

    why = error.mistakes[0].problem if isinstance(error, InvalidInput) else type(error).__name__
    return PlainTextResponse(f"{what}: {why}".encode("utf-8", "backslashreplace"), 409, headers=HEADERS)


def _steady(make: Callable[[], str], folders: Sequence[Path]) -> str:
    """Return a page; again, if a folder that it shows was exchanged meanwhile."""
    for _ in range(_READINGS):
        before = [os.stat(folder).st_ino for folder in folders]
        try:
            page = make()
        except Exception:
            if [os.stat(folder).st_ino for folder in folders] == before:
                raise
            continue
        if [os.stat(folder).st_ino for folder in folders] == before:
            return page
    return make()


def _index(root: Path) -> str:
    data = {"months": [], "running": running(root), "shelf": shelf(root)}
    return render("serve.html", PROGRAMS, data, "twin", root.name, live=True)
