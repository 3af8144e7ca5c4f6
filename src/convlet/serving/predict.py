"""Serve `POST /predict` and `POST /predict/page`: an image file in, an answer in JSON out."""

from starlette.responses import Response

from convlet.errors import UsageError
from convlet.prediction.pages import wished
from convlet.serving import formats, limits
from convlet.serving.lanes import Lanes
from convlet.serving.model import Model
from convlet.serving.refusal import RefusedError
from convlet.serving.request import Request
from convlet.serving.routes import Route
from convlet.serving.work import Page, Picture


def predict_routes(lanes: Lanes, model: Model) -> list[Route]:
    """Return both routes."""

    async def one(request: Request) -> Response:
        show_input, heat = request.flags("input", "heat")
        request.require_type(*formats.TYPES, "image/*")
        body = await request.body()
        lane = lanes.small if formats.pixels(body) <= limits.SMALL else lanes.large
        return await (lanes.long if heat else lane).do(Picture(body, show_input, heat), request)

    async def page(request: Request) -> Response:
        request.require_type(*formats.TYPES, "image/*")
        if model.now.signature.form.kind != "ink":
            message = "This model classifies pictures, not characters on a page. Use POST /predict."
            raise RefusedError(422, "no_characters", message)
        try:
            wish = wished(*request.words("print", "expect", "grid"))
        except UsageError as error:
            raise RefusedError(400, "bad_query", str(error)) from error
        body = await request.body()
        formats.pixels(body)
        return await lanes.long.do(Page(body, wish), request)

    return [
        Route("/predict", one, "POST", lane=lambda query: lanes.long if b"heat=1" in query else lanes.small),
        Route("/predict/page", page, "POST", lane=lambda _: lanes.long),
    ]
