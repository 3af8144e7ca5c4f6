"""Pictures in, answers out; and what is refused instead."""

import base64
import io
import json
import threading

import numpy as np
import pytest
from PIL import Image

from convlet.prediction.predictor import Predictor
from tests.images import encoded
from tests.serving.running import Served, answer, served


class TestAnswers:
    @pytest.mark.parametrize("form", ["PNG", "JPEG", "WebP", "BMP"])
    def test_every_format_is_answered_as_the_predictor_answers(self, server: Served, run, seven, form) -> None:
        body = encoded(np.kron(seven[..., 0], np.ones((20, 20), np.uint8)), form)
        predictor = Predictor(run.path)
        (expected,) = predictor.predict([predictor.read(body)])
        given = server.post("/predict", body, Content_Type=f"image/{form.lower()}")
        assert given.status == 200
        assert given.headers["content-type"] == "application/json"
        assert set(given.json) == {"label", "probability", "known", "empty", "top", "probabilities"}
        assert given.json["label"] == expected.label
        assert given.json["probability"] == pytest.approx(expected.probability, abs=1e-5)
        assert [label for label, _ in given.json["top"]] == [label for label, _ in expected.top]
        assert sum(given.json["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert list(given.json["probabilities"]) == list("0123456789")

    @pytest.mark.parametrize(
        "type_",
        [
            "image/png",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
            "IMAGE/PNG; x=1",
            "image/x-ms-bmp",
            None,
        ],
    )
    def test_what_a_picture_is_is_told_by_its_bytes(self, server: Served, seven, type_) -> None:
        headers = {} if type_ is None else {"Content_Type": type_}
        assert server.post("/predict", encoded(seven), **headers).json["label"] == "7"

    def test_an_empty_picture_is_not_known(self, server: Served) -> None:
        given = server.post("/predict", encoded(np.zeros((8, 8), np.uint8))).json
        assert (given["label"], given["probability"], given["known"], given["empty"]) == ("empty", 0, False, True)

    def test_what_the_model_saw_comes_as_a_png(self, server: Served, seven) -> None:
        given = server.post("/predict?input=1&heat=0", encoded(seven)).json
        assert "heat" not in given
        np.testing.assert_array_equal(np.asarray(decoded(given["input"])), seven[..., 0])

    def test_a_heat_map_comes_as_a_png(self, server: Served, seven) -> None:
        heat = decoded(server.post("/predict?heat=1", encoded(seven)).json["heat"])
        assert heat.size == (280, 280)
        assert len(heat.getcolors(1000) or []) > 5

    def test_a_body_in_pieces_without_a_length(self, server: Served, seven) -> None:
        body = encoded(seven)
        with server.connection() as connection:
            connection.request("POST", "/predict", iter([body[:50], body[50:]]), encode_chunked=True)
            assert answer(connection).status == 200

    def test_many_at_once_each_get_their_own_answer(self, server: Served, run, digits) -> None:
        images = np.asarray(digits.test.images[:40])
        expected = [answer.label for answer in Predictor(run.path).predict(images)]
        given: list[str | None] = [None] * len(images)

        def ask(start: int) -> None:
            for index in range(start, len(images), 8):
                given[index] = server.post("/predict", encoded(images[index])).json["label"]

        threads = [threading.Thread(target=ask, args=(start,)) for start in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert given == expected

    def test_a_page(self, server: Served, run, page) -> None:
        given = server.post("/predict/page", encoded(page)).json
        characters = Predictor(run.path).read_page(page)
        assert len(characters) == 3
        assert [one["box"] for one in given["characters"]] == [list(one.box) for one in characters]
        assert given == json.loads(json.dumps(characters.facts()))
        assert given["text"].replace("\n", "") == "".join(
            one["symbol"] or (one["label"] if one["known"] else "?") for one in given["characters"]
        )
        assert set(given["characters"][0]) == {
            "box", "line", "symbol", "label", "probability", "top", "known", "empty"
        }  # fmt: skip

    def test_how_a_page_is_read(self, server: Served, run, page) -> None:
        predictor = Predictor(run.path)
        for query, options in (
            ("print=keep", {"keep_print": True}),
            ("expect=%5Cd%7B2%7D", {"expect": r"\d{2}"}),
            ("print=drop&expect=luhn", {"keep_print": False, "expect": "luhn"}),
        ):
            given = server.post(f"/predict/page?{query}", encoded(page)).json
            assert given == json.loads(json.dumps(predictor.read_page(page, **options).facts()))
        sheet = np.full((300, 400), 255, np.uint8)
        for at in (40, 140, 240):
            sheet[at : at + 3, 40:343] = sheet[40:243, at : at + 3] = 30
        sheet[40:243, 340:343] = 30
        sheet[60:120, 85:93] = 50
        given = server.post("/predict/page?grid=2x3", encoded(sheet)).json
        assert given == json.loads(json.dumps(predictor.read_page(sheet, grid=(2, 3)).facts()))
        assert [[bool(cell["text"]) for cell in row["numbers"]] for row in given["rows"]] == [
            [True, False, False],
            [False, False, False],
        ]
        given = server.post("/predict/page?grid=2x2", encoded(page))
        assert (given.status, given.json["error"]["code"]) == (422, "no_grid")
        assert "no grid of 2 rows" in given.json["error"]["message"]

    @pytest.mark.parametrize(
        "query",
        [
            "print=maybe",
            "grid=9",
            "grid=0x3",
            "grid=99x99",
            "expect=%5B",
            f"expect={'a' * 300}",
            "grid=",
            "expect=",
            "print=",
            "print=drop&grid=9x9",
            "grid=3x3&expect=%5Cn",
            "expct=luhn",
        ],
    )
    def test_no_way_to_read_a_page(self, server: Served, page, query: str) -> None:
        given = server.post(f"/predict/page?{query}", encoded(page))
        assert (given.status, given.json["error"]["code"]) == (400, "bad_query")

    def test_a_page_with_nothing_on_it(self, server: Served) -> None:
        assert server.post("/predict/page", encoded(np.full((100, 100), 255, np.uint8))).json == {
            "text": "",
            "rows": [],
            "print_dropped": 0,
            "grid": None,
            "characters": [],
        }


def decoded(url: str) -> Image.Image:
    kind, _, data = url.partition(",")
    assert kind == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


class TestRefusals:
    @pytest.mark.parametrize("route", ["/predict", "/predict/page", "/predict?heat=1"])
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 415, "not_an_image"),
            (b"hello, world, this is no image", 415, "not_an_image"),
            (encoded(np.zeros((8, 8), np.uint8), "GIF"), 415, "not_an_image"),
            (encoded(np.zeros((8, 8), np.uint8), "TIFF"), 415, "not_an_image"),
            (encoded(np.zeros((90, 90), np.uint8))[:-30], 422, "unreadable_image"),
            (b"\x89PNG\r\n\x1a\n", 422, "unreadable_image"),
            (b"\xff\xd8\xff\xe0" + bytes(500), 422, "unreadable_image"),
            (b"\xff\xd8" + b"\xff\xe0\x00\x02" * 100_000, 422, "unreadable_image"),
            (encoded(np.zeros((8, 8), np.uint8), "JPEG")[:-2] + b"\xff\xda" * 101, 422, "unreadable_image"),
            (b"RIFF0000WEBPwhat", 422, "unreadable_image"),
            (b"BM" + bytes(60), 422, "unreadable_image"),
            (encoded(np.zeros((4001, 4000), np.uint8)), 413, "too_many_pixels"),
        ],
        ids=[
            "empty",
            "text",
            "gif",
            "tiff",
            "cut",
            "head of a png",
            "head of a jpeg",
            "endless jpeg",
            "jpeg in many layers",
            "webp",
            "bmp",
            "huge",
        ],
    )
    def test_no_image(self, server: Served, route, body, status, code) -> None:
        given = server.post(route, body)
        assert given.status == status
        assert set(given.json) == {"error"}
        assert given.json["error"]["code"] == code
        assert len(given.json["error"]["message"]) > 20

    def test_an_animation(self, server: Served) -> None:
        first, second = (Image.new("L", (20, 20), tone) for tone in (0, 200))
        given = server.post("/predict", encoded(first, "WebP", save_all=True, append_images=[second]))
        assert (given.status, given.json["error"]["code"]) == (422, "unreadable_image")

    @pytest.mark.parametrize("query", ["input=2", "heat=", "input=1&input=yes", "inptu=1"])
    def test_flags_are_0_or_1(self, server: Served, seven, query) -> None:
        given = server.post(f"/predict?{query}", encoded(seven))
        assert (given.status, given.json["error"]["code"]) == (400, "bad_query")

    def test_types_and_encodings_that_are_not_taken(self, server: Served, seven) -> None:
        for headers in (
            {"Content_Type": "multipart/form-data; boundary=x"},
            {"Content_Type": "text/plain"},
            {"Content_Encoding": "gzip"},
        ):
            assert server.post("/predict", encoded(seven), **headers).status == 415

    def test_models_of_pictures_read_no_pages(self, run, tmp_path, seven) -> None:
        import onnx

        model = onnx.load(run.path / "model.onnx")
        (form,) = (entry for entry in model.metadata_props if entry.key == "convlet.form")
        form.value = '{"kind": "picture"}'
        del model.metadata_props[0]  # the seal
        onnx.save(model, tmp_path / "pictures.onnx")
        with served(tmp_path / "pictures.onnx") as server:
            assert server.post("/predict/page", encoded(seven)).json["error"]["code"] == "no_characters"
            assert server.post("/predict", encoded(seven)).status == 200
