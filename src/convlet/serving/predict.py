"""`POST /predict` and `POST /predict/page`: the bytes of a picture in, an answer in JSON out."""

from convlet.serving import formats, limits
from convlet.serving.lanes import Lanes
from convlet.serving.request import Request
from convlet.serving.response import RefusedError, Response
from convlet.serving.routes import Route
from convlet.serving.work import Page, Picture
from convlet.signature import Signature


def predict_routes(lanes: Lanes, signature: Signature) -> dict[str, Route]:
    """Both routes."""

    async def one(request: Request) -> Response:
        show_input, heat = request.flags("input", "heat")
        request.require_type(*formats.TYPES, b"image/*")
        if heat:
            lanes.long.require_room()
        body = await request.body()
        lane = lanes.small if formats.pixels(body) <= limits.SMALL else lanes.large
        return await (lanes.long if heat else lane).do(Picture(body, show_input=show_input, heat=heat), request)

    async def page(request: Request) -> Response:
        request.require_type(*formats.TYPES, b"image/*")
        if signature.form.kind != "ink":
            raise RefusedError(422, "no_characters", "This model tells pictures apart, not characters on a page. Use POST /predict.")
        body = await request.body()
        formats.pixels(body)
        return await lanes.long.do(Page(body), request)

    return {"/predict": Route({"POST": one}, lane=lanes.small), "/predict/page": Route({"POST": page}, lane=lanes.long)}
