"""Serve `/teach`, where people may: keep examples, train with them, and let another generation answer.

The folder is read and written on one thread, in the order in which requests come; answers go on meanwhile.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.responses import JSONResponse, Response

from convlet.errors import DataError, InputError, OutputError, StaleError, UsageError
from convlet.prediction.answer import Answer
from convlet.prediction.predictor import Predictor
from convlet.reading.show import as_picture, data_url
from convlet.serving import formats
from convlet.serving.lanes import Lanes
from convlet.serving.model import Generation, Model
from convlet.serving.refusal import RefusedError
from convlet.serving.request import Request
from convlet.serving.routes import Handler, Route
from convlet.training.teaching import Teacher
from convlet.training.teaching.teacher import example_facts

_SHOWN = 60  # examples in one answer


class Sheet:
    """A page on which somebody wrote each class several times, cut apart; see `Work`."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._facts: list[dict[str, Any]] = []

    def read(self, predictor: Predictor) -> NDArray[np.uint8]:
        """Cut the page apart; what was printed stays, as a careful hand may look like print."""
        page = predictor.read_page(self._body, keep_print=True)
        self._facts = [
            {"box": list(one.box), "line": one.line, "label": answer.label, "seen": data_url(as_picture(one.image))}
            for one, answer in zip(page, page.answers, strict=True)
        ]
        return np.array([one.image for one in page], np.uint8).reshape(len(page), *predictor.signature.input_shape)

    def say(
        self, _: Predictor, _images: NDArray[np.uint8], _probabilities: NDArray[np.float32], _answers: list[Answer]
    ) -> Response:
        """Return the characters in reading order: box, line, label, and what the model sees."""
        return JSONResponse({"characters": self._facts})


def teach_routes(lanes: Lanes, model: Model, teacher: Teacher) -> list[Route]:
    """Return every route under /teach."""
    own = _Teaching(lanes, model, teacher)
    changes: dict[str, Handler] = {
        "move": own.changing(("id", "class"), teacher.move),
        "back": own.changing(("id",), teacher.take_back),
        "begin": own.changing((), teacher.begin),
        "stop": own.changing((), teacher.stop),
        "take": own.changing(("generation",), own.take),
        "leave": own.changing(("generation",), own.leave),
        "choose": own.changing(("generation", "instead_of"), own.choose),
    }
    return [
        Route("/teach", own.state),
        Route("/teach/examples", own.examples),
        Route("/teach/changes", own.changes),
        Route("/teach/keep", own.keep, "POST", lane=lambda _: lanes.large),
        Route("/teach/sheet", own.sheet, "POST", lane=lambda _: lanes.long),
        *(Route(f"/teach/{name}", handler, "POST") for name, handler in changes.items()),
    ]


class _Teaching:
    """The handlers. What they do with the folder is done by one thread."""

    def __init__(self, lanes: Lanes, model: Model, teacher: Teacher) -> None:
        self._lanes, self._model, self._teacher = lanes, model, teacher
        self._hand = ThreadPoolExecutor(1, "teach")

    async def state(self, request: Request) -> Response:
        """Say everything but the pictures."""
        request.words()
        return JSONResponse(await self._do(self._teacher.state))

    async def examples(self, request: Request) -> Response:
        """Show some examples of a class, the newest first."""
        label, start = _needed(request, "class", "start")
        return JSONResponse(await self._do(self._shown, label, _number("start", start)))

    async def changes(self, request: Request) -> Response:
        """Show answers that a generation changed."""
        (number,) = _needed(request, "generation")
        return JSONResponse({"changes": await self._do(self._teacher.changes, _number("generation", number))})

    async def keep(self, request: Request) -> Response:
        """Keep a picture."""
        (label,) = _needed(request, "class")
        request.require_type(*formats.TYPES, "image/*")
        body = await request.body()
        formats.pixels(body)
        now = self._model.now
        kept = await self._do(self._teacher.keep, body, label, now.predictor)
        facts = await self._do(example_facts, kept, now.predictor)
        return JSONResponse({"kept": facts, **await self._do(self._teacher.state)})

    async def sheet(self, request: Request) -> Response:
        """Cut a page apart."""
        request.words()
        request.require_type(*formats.TYPES, "image/*")
        if self._model.now.signature.form.kind != "ink":
            raise RefusedError(422, "no_characters", "This model classifies pictures, which no page is cut into.")
        body = await request.body()
        formats.pixels(body)
        return await self._lanes.long.do(Sheet(body), request)

    def changing(self, names: tuple[str, ...], change: Callable[..., object]) -> Handler:
        """Return a handler that changes something, with the query's values of these names, and says the new state."""

        async def answer(request: Request) -> Response:
            await self._do(change, *_needed(request, *names))
            return JSONResponse(await self._do(self._teacher.state))

        return answer

    def take(self, number: str) -> None:
        """Let the new generation answer."""
        wanted = _number("generation", number)
        self._model.now = Generation(self._teacher.take(wanted), wanted)

    def leave(self, number: str) -> None:
        """Remove the new generation."""
        self._teacher.leave(_number("generation", number))

    def choose(self, number: str, instead_of: str) -> None:
        """Let an earlier or a later generation answer."""
        wanted = _number("generation", number)
        self._model.now = Generation(self._teacher.choose(wanted, _number("instead_of", instead_of)), wanted)

    def _shown(self, label: str, start: int) -> dict[str, Any]:
        predictor = self._model.now.predictor
        mine = [one for one in self._teacher.folder.examples.all() if one.label == label][::-1]
        some = [example_facts(one, predictor) for one in mine[start : start + _SHOWN]]
        return {"version": self._teacher.version, "images": len(mine), "examples": some}

    async def _do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        with _refusals():
            return await asyncio.get_running_loop().run_in_executor(self._hand, work, *arguments)


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the room `teaching` raises into refusals."""
    try:
        yield
    except UsageError as error:
        raise RefusedError(400, "cannot_be_taught", str(error)) from error
    except StaleError as error:
        raise RefusedError(409, "changed_meanwhile", str(error)) from error
    except OutputError as error:
        raise RefusedError(507, "not_kept", f"The server's disk: {error}") from error
    except DataError as error:
        raise RefusedError(422, "unreadable_image", str(error)) from error
    except InputError as error:
        raise RefusedError(409, "no_model", str(error)) from error


def _needed(request: Request, *names: str) -> list[str]:
    """Return the query's values, each of which must be there.

    Raises:
        RefusedError: 400, one is missing or too long, or there are others.
    """
    values = request.words(*names)
    if missing := [name for name, value in zip(names, values, strict=True) if value is None]:
        raise RefusedError(400, "bad_query", f"the query has no {missing[0]}; expected {' and '.join(names)}.")
    return [value for value in values if value is not None]


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise RefusedError(400, "bad_query", f"{name}={text[:40]!r} in the query; expected a whole number.")
    return int(text)
