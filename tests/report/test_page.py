"""The report in a browser, for a stranger: complete, offline, without scripts, safe with any name, small."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from convlet.data import Split
from convlet.data.disk import ImagesOnDisk
from convlet.errors import OutputError
from convlet.evaluation import evaluate
from convlet.report import Curve, Facts, Training, write_report

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style>", "&amp; $x$", "שלום")
EMPTY = {"img", "meta"}


class Page(HTMLParser):
    """Every element with its attributes and the text in it; unbalanced tags fail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html.replace("<wbr>", ""))  # where a name may break
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(self.texts)

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


def judged(classes: int, n: int, names=None, *, threshold: float | None = 0.5, right: float = 0.7):
    random = np.random.default_rng(classes)
    labels = random.integers(0, classes, n)
    probabilities = random.dirichlet(np.full(classes, 0.2), n).astype(np.float32)
    best = probabilities.argmax(axis=1)
    for index in np.flatnonzero(random.random(n) < right):
        probabilities[index, [best[index], labels[index]]] = probabilities[index, [labels[index], best[index]]]
    names = names or tuple(f"c{number}" for number in range(classes))
    return evaluate(probabilities, labels, names, threshold), labels, probabilities


def pictures(n: int, side: int = 8, channels: int = 1) -> np.ndarray:
    """Images that differ: each one's first pixel tells its number."""
    images = np.random.default_rng(0).integers(0, 256, (n, side, side, channels), dtype=np.uint8)
    images[:, 0, 0] = (np.arange(n) % 256)[:, np.newaxis]
    return images


def page_of(
    tmp_path,
    evaluation,
    labels,
    probabilities,
    images=None,
    split="test",
    files=None,
    verdict="",
    training=None,
    **more,
) -> Page:
    images = pictures(len(labels)) if images is None else images
    path = tmp_path / "report.html"
    facts = Facts(
        model="a <b>model</b>",
        dataset="d & d",
        split=split,
        details={"recipe": "<i>tutorial</i>"},
        verdict=verdict,
        training=training,
    )
    write_report(path, evaluation, Split(images, labels, files=files), probabilities, facts, **more)
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Page:
    evaluation, labels, probabilities = judged(5, 400, HOSTILE)
    examples = {"fog": pictures(1)[0]}
    return page_of(
        tmp_path_factory.mktemp("page"),
        evaluation.with_robustness({"fog": 0.5, "shear": 0.75}),
        labels,
        probabilities,
        examples=examples,
    )


def test_nothing_comes_from_elsewhere_and_nothing_runs(page: Page) -> None:
    assert not {"script", "link", "iframe", "object", "base", "form"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        assert not [key for key in attributes if key.startswith("on")]
        assert attributes.get("src", "data:image/").startswith("data:image/"), tag
        assert attributes.get("href", "#").startswith("#"), tag
    policies = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_the_style_fetches_nothing(tmp_path) -> None:
    page_of(tmp_path, *judged(3, 20))
    style = re.search("<style>(.*?)</style>", (tmp_path / "report.html").read_text(encoding="utf-8"), re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style


def test_names_of_strangers_are_text(page: Page) -> None:
    for name in (*HOSTILE, "a <b>model</b>", "d & d", "<i>tutorial</i>"):
        assert name in page.text
    assert not {"b", "i"} & {tag for tag, _ in page.elements}
    assert all(image["src"] != "x" for image in page.all("img"))


def test_links_lead_somewhere(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    assert page.all("a")
    assert {link["href"][1:] for link in page.all("a")} <= set(page.ids)


def test_parts_stand_in_their_order(page: Page) -> None:
    keys = [attributes["id"] for attributes in page.all("section") if attributes.get("class") != "panel"]
    assert keys == ["classes", "confusion", "worst", "uncertain", "suspects", "reliability", "rejection", "robustness"]
    assert [tag for tag, _ in page.elements].count("h1") == 1


def test_every_image_has_words(page: Page) -> None:
    assert page.all("img")
    assert page.all("svg")
    assert all(image["alt"] for image in page.all("img"))
    assert all(drawing["aria-label"] for drawing in page.all("svg"))


def test_a_cell_opens_the_images_behind_it(tmp_path) -> None:
    evaluation, labels, probabilities = judged(3, 200)
    images = pictures(200)
    page_of(tmp_path, evaluation, labels, probabilities, images)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    for label in range(3):
        for answer in range(3):
            panel = re.search(f'<section class="panel" id="cell-{label}-{answer}".*?</section>', html, re.DOTALL)[0]
            behind = np.flatnonzero((labels == label) & (probabilities.argmax(axis=1) == answer))
            shown = [int(index) for index in re.findall(r'alt="Image (\d+):', panel)]
            assert set(shown) <= set(behind)
            assert len(shown) == min(len(behind), 12 if label == answer else 60)
            for index, source in zip(shown, re.findall(r'src="data:image/png;base64,([^"]+)"', panel), strict=True):
                with Image.open(io.BytesIO(base64.b64decode(source))) as image:
                    assert (np.asarray(image) == images[index, ..., 0]).all()


def test_figures_are_the_evaluations(page: Page) -> None:
    evaluation, *_ = judged(5, 400, HOSTILE)
    low, high = evaluation.accuracy_interval_95
    for figure in (
        f"{evaluation.accuracy:.2%}",
        f"95% interval {low:.2%} to {high:.2%}",
        f"{evaluation.loss:.4f}",
        f"{evaluation.ece:.2%}",
        f"{evaluation.rejection.accepted:.2%}",
        "62.50%",  # the mean of the two corruptions
    ):
        assert figure in page.text


def test_what_was_not_measured_is_left_out(tmp_path) -> None:
    page = page_of(tmp_path, *judged(3, 50, threshold=None))
    assert not {"rejection", "robustness"} & set(page.ids)


def test_training_images_raise_no_suspicion(tmp_path) -> None:
    page = page_of(tmp_path, *judged(3, 50), split="train")
    assert "suspects" not in page.ids
    assert "learned from these images" in page.text


@pytest.mark.parametrize(
    ("classes", "n", "right"),
    [(2, 1, 1.0), (2, 1, 0.0), (3, 50, 1.0), (40, 300, 0.5), (41, 300, 0.5), (41, 60, 1.0), (1000, 1500, 0.5)],
)
@pytest.mark.parametrize("threshold", [0.0, 0.9, 1.1])
def test_any_number_of_classes_and_images(tmp_path, classes: int, n: int, right: float, threshold: float) -> None:
    page = page_of(tmp_path, *judged(classes, n, threshold=threshold, right=right))
    assert page.all("a")
    assert {link["href"][1:] for link in page.all("a")} <= set(page.ids)
    assert any(attributes.get("class") == "matrix" for attributes in page.all("table")) == (classes <= 40)
    assert (tmp_path / "report.html").stat().st_size < 1_500_000


def test_a_poor_models_report_stays_small(tmp_path) -> None:
    page_of(tmp_path, *judged(10, 10_000, right=0.1), images=pictures(10_000, 28))
    assert (tmp_path / "report.html").stat().st_size < 2_500_000  # of noise, which does not compress


def test_large_coloured_images_are_shrunk(tmp_path) -> None:
    images = np.zeros((3, 300, 600, 3), np.uint8) + np.array([200, 60, 20], np.uint8)
    page = page_of(tmp_path, *judged(2, 3), images=images)
    kind, _, data = page.all("img")[0]["src"].partition(";base64,")
    assert kind == "data:image/jpeg"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.size == (96, 48)
        assert np.abs(np.asarray(image).astype(int) - [200, 60, 20]).max() < 4


def test_only_the_images_shown_are_read_from_disk(tmp_path) -> None:
    class Disk(ImagesOnDisk):
        def __init__(self) -> None:
            self.shape, self.read = (5000, 8, 8, 1), 0

        def __getitem__(self, key) -> np.ndarray:
            self.read += len(key)
            return np.zeros((len(key), 8, 8, 1), np.uint8)

    disk = Disk()
    page_of(tmp_path, *judged(3, 5000, right=0.999), images=disk)
    assert 0 < disk.read < 200


def test_whole_or_not_at_all(tmp_path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        page_of(tmp_path / "nowhere", *judged(2, 5))
    assert list(tmp_path.iterdir()) == []


def test_images_from_files_are_named_by_them(tmp_path) -> None:
    evaluation, labels, probabilities = judged(3, 60)
    files = [f"cats & dogs/{index}.png" for index in range(60)]
    page = page_of(tmp_path, evaluation, labels, probabilities, files=files)
    assert files[evaluation.worst[0].index] in page.text
    assert f"#{evaluation.worst[0].index}" not in page.texts


def test_long_names_that_differ_at_their_ends_are_told_apart(tmp_path) -> None:
    names = tuple(f"species_of_the_northern_forest_{number:02}" for number in range(20))
    page_of(tmp_path, *judged(20, 300, names))
    html = (tmp_path / "report.html").read_text(encoding="utf-8").replace("<wbr>", "")
    assert {f"<bdi>specie…st_{number:02}</bdi>" for number in range(20)} <= set(re.findall("<bdi>.*?</bdi>", html))
    answers = re.findall(r"→ <strong><bdi>(.*?)</bdi>", html)
    assert answers
    assert set(answers) <= {f"species_of…forest_{number:02}" for number in range(20)}
    assert 'class="pair stacked"' in html  # a matrix of twenty classes leaves no room beside it


def test_a_path_runs_left_to_right_whatever_its_folders_are_called(tmp_path) -> None:
    found, labels, probabilities = judged(3, 60)
    page_of(tmp_path, found, labels, probabilities, files=[f"קוף/{number}.png" for number in range(60)])
    assert re.search(r'<bdi dir="ltr">קוף/(<wbr>)?\d+\.', (tmp_path / "report.html").read_text(encoding="utf-8"))


def test_the_verdict_on_the_training_stands_at_the_top(tmp_path) -> None:
    page = page_of(tmp_path, *judged(3, 60), verdict="It overfits <badly>.")
    assert page.text.index("It overfits <badly>.") < page.text.index("Each class")


def test_a_model_that_has_not_learned_says_so_instead_of_suspects(tmp_path) -> None:
    assert "cannot doubt a label" in page_of(tmp_path, *judged(4, 400, right=0)).text
    assert "cannot doubt a label" not in page_of(tmp_path, *judged(4, 400)).text


@pytest.mark.parametrize("epochs", [1, 2, 7, 300])
def test_learning_curves_and_settings(tmp_path, epochs) -> None:
    falling = np.linspace(2.3, 0.04, epochs).tolist()
    training = Training(
        curves=[
            Curve("accuracy", np.linspace(0.1, 0.95, epochs).tolist(), [0.5] * epochs),
            Curve("loss", falling, falling),
        ],
        validated_on="validation",
        settings={"batch_size": "64", "name": "<b>mine</b>"},
    )
    evaluation, labels, probabilities = judged(3, 50)
    page = page_of(tmp_path, evaluation, labels, probabilities, training=training)
    charts = [svg["aria-label"] for svg in page.all("svg")]
    first, last = falling[0], falling[-1]
    words = f"{epochs} epoch{'s' * (epochs > 1)}"
    assert f"Loss over {words}: training ends at {last:.4f}, validation ends at {last:.4f}." in charts
    assert any(chart.startswith(f"Accuracy over {words}: training ends at") for chart in charts)
    lines = [line["points"].split() for line in page.all("polyline") if line["class"] == "train"]
    assert [len(line) for line in lines] == [epochs, epochs]
    if epochs > 1:
        heights = [float(point.split(",")[1]) for point in lines[1]]
        assert heights == sorted(heights)  # the page's y grows downwards, and a loss that falls goes down
        assert first > last
    assert "batch size" in page.text
    assert "<b>mine</b>" in page.text
    assert "training" in page.ids


def test_epochs_that_were_not_validated_are_left_out_of_the_curve(tmp_path) -> None:
    curves = [Curve("loss", [2.0, 1.0, 0.5], [None, 1.5, None]), Curve("accuracy", [0.1, 0.2, 0.3], [None] * 3)]
    training = Training(curves=curves, validated_on="validation", settings={})
    evaluation, labels, probabilities = judged(3, 50)
    page = page_of(tmp_path, evaluation, labels, probabilities, training=training)
    charts = [svg["aria-label"] for svg in page.all("svg")]
    assert "Loss over 3 epochs: training ends at 0.5000, validation ends at 1.5000." in charts
    assert "Accuracy over 3 epochs: training ends at 30.00%." in charts


def test_a_model_file_has_no_training(page: Page) -> None:
    assert "training" not in page.ids
