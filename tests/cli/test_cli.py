"""The command line as a user meets it: exit status, what is on stdout, what the message says."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet import cli
from convlet.data import disk
from convlet.run import Run

QUICK = ["--epochs", "1", "--set", "filters=[4,8]", "--set", "dense_units=16"]


@pytest.fixture
def convlet(capfd, monkeypatch, tmp_path):
    """Run the command in an empty folder; returns (exit status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONVLET_DATA", raising=False)

    def run_it(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["convlet", *map(str, words)])
        with pytest.raises(SystemExit) as exited:
            cli.main()
        out, err = capfd.readouterr()
        return int(exited.value.code or 0), out, err

    return run_it


@pytest.fixture
def picture(digits, tmp_path) -> Path:
    Image.fromarray(digits.test.images[0, ..., 0]).save(tmp_path / "digit.png")
    return tmp_path / "digit.png"


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def page(digits, tmp_path) -> Path:
    """Two characters in a line and one below, dark on white."""
    sheet = np.full((260, 240), 255, np.uint8)
    for index, (top, left) in enumerate([(10, 10), (10, 130), (140, 10)]):
        large = Image.fromarray(255 - digits.test.images[index, ..., 0]).resize((100, 100), Image.Resampling.BICUBIC)
        sheet[top : top + 100, left : left + 100] = np.asarray(large)
    Image.fromarray(sheet).save(tmp_path / "page.png")
    return tmp_path / "page.png"


class TestTrain:
    def test_ends_by_printing_the_run_folder_and_nothing_else(self, convlet) -> None:
        status, out, err = convlet("train", "digits", "--recipe", "small-data", *QUICK)
        assert (status, out) == (0, "runs/digits-small-data-1\n")
        assert "epoch  1: loss" in err
        assert "Total params" in err
        assert Run("runs/digits-small-data-1").status == "done"

    def test_json(self, convlet) -> None:
        status, out, err = convlet("train", "digits", "--json", "--out", "here", *QUICK)
        answer = json.loads(out)
        assert status == 0
        assert answer.keys() == {
            *("run", "recipe", "params", "epochs", "train_seconds", "seconds_per_epoch", "compile_seconds"),
            *("accuracy", "loss", "val_accuracy", "val_loss", "validated_on"),
        }
        assert (answer["recipe"], answer["validated_on"], answer["epochs"]) == ("tutorial", "test", 1)
        assert answer["run"] == "here/digits-tutorial-1"
        assert "validated on the test set" in err

    def test_every_dial_is_a_flag(self, convlet) -> None:
        dials = ["--batch-size", "50", "--learning-rate", "0.002", "--optimizer", "nadam", "--seed", "9", "--set", "dropout=0.5"]
        assert convlet("train", "digits", *QUICK, *dials)[0] == 0
        recipe = Run("latest").recipe
        assert (recipe.batch_size, recipe.learning_rate, recipe.optimizer, recipe.seed) == (50, 0.002, "nadam", 9)
        assert (recipe.dropout, recipe.filters, recipe.dense_units, recipe.epochs) == (0.5, (4, 8), 16, 1)

    def test_an_ensemble_is_one_run(self, convlet) -> None:
        status, _, said = convlet("train", "digits", *QUICK, "--ensemble", "2")
        assert status == 0
        assert "net 2 of 2, seed 2" in said
        assert len(Run("latest").history) == 2
        assert convlet("evaluate", "latest")[0] == 0

    def test_the_tutorial_names_faster_recipes_last(self, convlet) -> None:
        assert "--recipe fast" in convlet("train", "digits", *QUICK)[2].strip().splitlines()[-1]

    def test_a_config_replays_a_run(self, convlet) -> None:
        first = json.loads(convlet("train", "digits", "--json", "--seed", "3", *QUICK)[1])
        again = json.loads(convlet("train", "digits", "--json", "--config", "runs/digits-tutorial-1/recipe.toml")[1])
        assert again["run"] == "runs/digits-tutorial-2"
        assert (again["loss"], again["val_loss"]) == (first["loss"], first["val_loss"])

    @pytest.mark.parametrize(
        ("words", "status", "says"),
        [
            (["--epochs", "0"], 3, "epochs must be a whole number from 1"),
            (["--learning-rate", "-0.1"], 3, "--learning-rate"),
            (["--batch-size", "100000"], 3, "larger than the data"),
            (["--batch-size", "0"], 3, "--batch-size"),
            (["--ensemble", "0"], 3, "--ensemble"),
            (["--recipe", "fastest"], 2, "The recipes are: tutorial, small-data, fast"),
            (["--recipe", "fast", "--set", "strides=[1,2,3]"], 3, "strides has 3 values for 2 convolutions"),
            (["--set", "dropout=2"], 3, "dropout"),
            (["--config", "nowhere.toml"], 3, "nowhere.toml"),
            (["--data-dir", "nowhere"], 3, "nowhere"),
            (["--recipe", "tutorail"], 2, "tutorial, small-data"),
            (["--set", "speed=3"], 2, "no field 'speed'"),
            (["--set", "dropout"], 2, "KEY=VALUE"),
            (["--recipe", "tutorial", "--config", "x.toml"], 2, "give one of them"),
            (["--resume", "latest", "--epochs", "2"], 2, "its own recipe"),
            (["--resume", "latest"], 3, "no unfinished run"),
            (["--resume", "latest", "--out", "x"], 2, "run's own folder"),
            (["--out", "~nobody-has-this-name/runs"], 3, "~nobody-has-this-name"),
            (["--epochs", "many"], 2, "epochs"),
            (["--nonsense"], 2, "--nonsense"),
        ],
    )
    def test_a_bad_setting(self, words: list[str], status: int, says: str, convlet, tmp_path) -> None:
        dataset = "mnist" if "--data-dir" in words else "digits"
        found, out, err = convlet("train", dataset, *words)
        assert (found, out) == (status, "")
        assert says in err
        assert "Traceback" not in err
        assert not list(tmp_path.iterdir())

    def test_an_unknown_data_set(self, convlet) -> None:
        status, _, err = convlet("train", "mnits")
        assert status == 3
        assert "mnist, digits, fashion-mnist" in err

    def test_a_folder_of_something_else(self, convlet, tmp_path) -> None:
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos" / "cat.png").write_bytes(b"")
        status, _, err = convlet("train", "digits", "--out", "photos")
        assert status == 3
        assert "cat.png" in err
        assert [path.name for path in (tmp_path / "photos").iterdir()] == ["cat.png"]


class TestEvaluate:
    def test_json(self, convlet, run: Run, digits) -> None:
        status, out, _ = convlet("evaluate", run.path, "--json")
        found = json.loads(out)
        assert status == 0
        assert found.keys() >= {"accuracy", "loss", "n", "per_class", "confusion", "ece", "accuracy_interval_95"}
        assert np.trace(np.array(found["confusion"])) / found["n"] == found["accuracy"]
        low, high = found["accuracy_interval_95"]
        assert low < found["accuracy"] < high
        assert [score["label"] for score in found["per_class"]] == list(digits.class_names)

    def test_every_form_of_the_model(self, convlet, run: Run) -> None:
        accuracies = {
            json.loads(convlet("evaluate", run.path / form, "--json")[1])["accuracy"] for form in ("", "model.onnx", "model.keras")
        }
        assert len(accuracies) == 1

    def test_for_people(self, convlet, run: Run) -> None:
        status, out, err = convlet("evaluate", run.path)
        assert status == 0
        for words in ("accuracy", "95 % interval", "precision", "Confusion matrix"):
            assert words in out
        assert "evaluation-" in err

    def test_class_names_are_shown_as_they_are(self, convlet, tmp_path) -> None:
        for name in ("[bold]", "[red]x", r"$\foo$"):
            for number in range(20):
                folder = tmp_path / "odd" / name
                folder.mkdir(parents=True, exist_ok=True)
                Image.new("L", (8, 8), number * 5 + len(name)).save(folder / f"{number}.png")
        assert convlet("train", "odd", *QUICK, "--batch-size", "8")[0] == 0
        status, out, _ = convlet("evaluate", "latest")
        assert status == 0
        for name in ("[bold]", "[red]x", r"$\foo$"):
            assert out.count(name) >= 2
            assert name in convlet("data", "info", "odd")[1]

    def test_many_classes_show_the_most_frequent_mistakes(self, convlet, tmp_path) -> None:
        images = np.random.default_rng(0).integers(0, 256, (120, 8, 8), dtype=np.uint8)
        np.savez(tmp_path / "many.npz", images=images, labels=np.arange(120) % 30)
        assert convlet("train", "many.npz", *QUICK, "--batch-size", "8")[0] == 0
        out = convlet("evaluate", "latest")[1]
        assert "most frequent mistakes" in out
        assert str(tmp_path) not in (tmp_path / "runs" / "many-tutorial-1" / "model.onnx").read_bytes().decode("latin-1")

    def test_out_takes_the_numbers_and_the_picture(self, convlet, run: Run, tmp_path) -> None:
        assert convlet("evaluate", run.path / "model.onnx", "digits", "--split", "train", "--out", "judged")[0] == 0
        assert {path.name for path in (tmp_path / "judged").iterdir()} == {
            *("report-train.html", "evaluation-train.json", "confusion-train.png", "reliability-train.png", "rejection-train.png")
        }

    def test_other_data(self, convlet, run: Run, tmp_path, noise) -> None:
        np.savez(tmp_path / "wide.npz", images=np.zeros((30, 8, 9), np.uint8), labels=np.arange(30) % 10)
        np.savez(tmp_path / "two.npz", images=noise, labels=np.arange(12) % 2)
        for file, says in [("wide.npz", "(8, 9, 1)"), ("two.npz", "classes")]:
            status, _, err = convlet("evaluate", run.path, file)
            assert status == 3
            assert says in err

    def test_bad_models_and_splits(self, convlet, tmp_path) -> None:
        for words, status, says in [
            (["nowhere"], 3, "no model nowhere"),
            (["latest"], 3, "convlet train"),
            ([tmp_path], 3, "not a run folder"),
            (["latest", "--split", "half"], 2, "test, train or validation"),
        ]:
            found, _, err = convlet("evaluate", *words)
            assert found == status
            assert says in err

    def test_corruptions(self, convlet, run: Run) -> None:
        status, out, err = convlet("evaluate", run.path, "--corruptions", "--json", "--out", "judged")
        robustness = json.loads(out)["robustness"]
        assert status == 0
        assert len(robustness["corruptions"]) == 15
        assert robustness["mean"] == pytest.approx(sum(robustness["corruptions"].values()) / 15)
        assert "under canny edges: " in err
        report = Path("judged/report.html").read_text()
        assert "canny edges" in report
        assert "mean" in convlet("evaluate", run.path, "--corruptions", "--out", "judged")[1]

    def test_the_answer_comes_before_the_place_that_cannot_be_written_to(self, convlet, run: Run, tmp_path) -> None:
        (tmp_path / "judged" / "report.html").mkdir(parents=True)
        status, out, err = convlet("evaluate", run.path, "--json", "--out", "judged")
        assert status == 3
        assert json.loads(out)["n"] == 360
        assert "report.html" in err


class TestPredict:
    @pytest.mark.usefixtures("picture")
    def test_json(self, convlet, run: Run, digits) -> None:
        status, out, _ = convlet("predict", run.path, "digit.png", "digit.png", "--json")
        answers = json.loads(out)
        assert status == 0
        assert len(answers) == 2
        assert answers[0].keys() == {"input", "label", "probability", "top", "known"}
        expected = run.predictor().predict(digits.test.images[:1])[0]
        assert (answers[0]["input"], answers[0]["label"], answers[0]["known"]) == ("digit.png", expected.label, expected.known)
        assert answers[0]["probability"] == pytest.approx(expected.probability)
        assert answers[0]["top"][0] == [answers[0]["label"], answers[0]["probability"]]

    def test_for_people(self, convlet, run: Run, picture: Path) -> None:
        status, out, _ = convlet("predict", run.path / "model.onnx", picture)
        assert status == 0
        assert out.startswith(f"{picture}: ")

    @pytest.mark.usefixtures("picture")
    def test_one_bad_file_does_not_stop_the_others(self, convlet, run: Run, tmp_path) -> None:
        (tmp_path / "text.png").write_text("no image")
        status, out, err = convlet("predict", run.path, "text.png", "digit.png", "nowhere.png", "--json")
        assert status == 3
        assert [answer["input"] for answer in json.loads(out)] == ["digit.png"]
        assert "text.png" in err
        assert "nowhere.png" in err

    def test_an_empty_and_an_unknown_picture_in_words(self, convlet, run: Run, tmp_path) -> None:
        Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
        status, out, _ = convlet("predict", run.path, "blank.png")
        assert (status, out) == (0, "blank.png: empty\n")
        random = np.random.default_rng(0)
        for number in range(20):
            Image.fromarray(random.integers(0, 256, (8, 8), dtype=np.uint8)).save(tmp_path / f"noise{number}.png")
        out = convlet("predict", run.path, *sorted(tmp_path.glob("noise*")))[1]
        assert "unknown  (most like " in out

    def test_every_character_of_a_page(self, convlet, run: Run, page: Path) -> None:
        status, out, err = convlet("predict", run.path, page, "--all", "--json", "--out", "boxes.png")
        (answer,) = json.loads(out)
        assert status == 0
        assert answer.keys() == {"input", "text", "characters"}
        assert [(one["line"], len(one["box"])) for one in answer["characters"]] == [(0, 4), (0, 4), (1, 4)]
        assert answer["characters"][0].keys() == {"box", "line", "label", "probability", "top", "known"}
        assert [len(line) for line in answer["text"].splitlines()] == [2, 1]
        assert "boxes.png" in err
        drawn, plain = pixels(Path("boxes.png")), pixels(page)
        assert drawn.shape[:2] == plain.shape
        assert (drawn[..., 0] != plain).any()
        text = convlet("predict", run.path, page, "--all")[1]
        assert "3 characters" in text
        assert answer["text"] in text

    def test_pages_go_into_a_folder_under_their_names(self, convlet, run: Run, page: Path, tmp_path) -> None:
        (tmp_path / "other").mkdir()
        shutil.copy(page, tmp_path / "other")
        assert convlet("predict", run.path, page, "other/page.png", "--all", "--out", "drawn")[0] == 0
        assert {path.name for path in (tmp_path / "drawn").iterdir()} == {"page.png", "page-2.png"}

    def test_what_the_model_saw(self, convlet, run: Run, picture: Path, tmp_path) -> None:
        assert convlet("predict", run.path, picture, "--show-input", "seen")[0] == 0
        assert {path.name for path in (tmp_path / "seen").iterdir()} == {"digit.png", "digit-input.png"}
        np.testing.assert_array_equal(pixels(Path("seen/digit-input.png")), run.predictor().read(picture)[..., 0])
        assert pixels(Path("seen/digit.png")).shape[1] > 800

    def test_nothing_of_the_users_is_written_over(self, convlet, run: Run, page: Path, picture: Path) -> None:
        before = {path: path.read_bytes() for path in (page, picture)}
        assert convlet("predict", run.path, picture, "--show-input", ".")[0] == 0
        assert convlet("predict", run.path, page, picture, "--all", "--out", ".")[0] == 0
        assert convlet("predict", run.path, page, "--all", "--out", page)[0] == 2
        assert {path: path.read_bytes() for path in before} == before

    @pytest.mark.parametrize("header", [True, False])
    def test_a_submission_for_kaggle(self, convlet, run: Run, digits, tmp_path, header: bool) -> None:
        rows = digits.test.images[:30].reshape(30, -1)
        np.savetxt(tmp_path / "test.csv", rows, "%d", ",", header=",".join(f"pixel{n}" for n in range(64)) if header else "", comments="")
        assert convlet("predict", run.path, "test.csv", "--format", "kaggle", "--out", "submission.csv")[:2] == (0, "submission.csv\n")
        expected = [digits.class_names[index] for index in run.predictor().probabilities(digits.test.images[:30]).argmax(axis=1)]
        lines = (tmp_path / "submission.csv").read_text().splitlines()
        assert lines == ["ImageId,Label", *(f"{number},{label}" for number, label in enumerate(expected, 1))]
        assert convlet("predict", run.path, "test.csv", "--format", "kaggle")[1].splitlines() == lines

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["digit.png", "--format", "kaggle"], "one .csv file"),
            (["test.csv", "--format", "kaggle", "--all"], "one .csv file"),
            (["digit.png", "--out", "x.png"], "--out goes with --all"),
        ],
    )
    def test_options_that_do_not_go_together(self, convlet, run: Run, words: list[str], says: str) -> None:
        status, _, err = convlet("predict", run.path, *words)
        assert status == 2
        assert says in err

    @pytest.mark.usefixtures("picture")
    def test_places_that_cannot_be_written_to(self, convlet, run: Run, page: Path) -> None:
        assert convlet("predict", run.path, page, "--all", "--out", "nowhere/boxes.png")[0] == 3
        status, _, err = convlet("predict", run.path, page, "--all", "--out", "boxes.psd")
        assert status == 2
        assert "boxes.psd" in err
        status, _, err = convlet("predict", run.path, "digit.png", "--show-input", "digit.png/seen")
        assert status == 3
        assert "cannot make the folder" in err


class TestData:
    def test_list(self, convlet) -> None:
        names = [row["name"] for row in json.loads(convlet("data", "list", "--json")[1])]
        assert names == ["mnist", "digits", "fashion-mnist"]
        assert "embedded" in convlet("data", "list")[1]

    def test_info(self, convlet, digits) -> None:
        facts = json.loads(convlet("data", "info", "digits", "--json")[1])
        assert facts["splits"]["train"]["shape"] == [1437, 8, 8, 1]
        assert facts["splits"]["test"]["images"] == 360
        assert sum(facts["splits"]["train"]["per_class"]) == 1437
        assert facts["splits"]["train"]["sha256"] == digits.train.sha256
        text = convlet("data", "info", "digits")[1]
        for words in ("(1437, 8, 8, 1)", "0 to 255", "CC BY 4.0", digits.test.sha256):
            assert words in text

    def test_info_of_mnist_says_whether_it_is_the_published_one(self, convlet, mnist) -> None:
        facts = json.loads(convlet("data", "info", "mnist", "--data-dir", mnist.data_dir, "--json")[1])
        assert facts["about"]["verified"] == "the files are the published ones"
        assert facts["splits"]["train"]["per_class"][:2] == [5923, 6742]
        assert facts["about"]["licence"] == "CC BY-SA 3.0"

    def test_show_one(self, convlet, tmp_path) -> None:
        status, out, _ = convlet("data", "show", "digits", "--index", "3")
        assert status == 0
        for words in ("(1437, 8, 8) as stored, (1437, 8, 8, 1) with the channel axis", "one-hot [", "scaled by the model's first layer"):
            assert words in out
        assert (tmp_path / "digits-train-3.png").is_file()

    def test_show_grid(self, convlet, tmp_path) -> None:
        assert convlet("data", "show", "digits", "--out", "look.png")[0] == 0
        with Image.open(tmp_path / "look.png") as image:
            assert image.width > 500

    def test_info_and_show_of_pixels_on_disk(self, convlet, digits, tmp_path, monkeypatch) -> None:
        train, test = digits.train, digits.test
        np.savez(tmp_path / "set.npz", x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)
        monkeypatch.setattr(disk, "IN_MEMORY", 0)
        facts = json.loads(convlet("data", "info", "set.npz", "--json")[1])["splits"]
        assert [facts[split]["sha256"] for split in ("train", "test")] == [train.sha256, test.sha256]
        assert facts["train"]["value_range"] == [0, 255]
        assert convlet("data", "show", "set.npz")[0] == 0
        assert "(1437, 8, 8) as stored" in convlet("data", "show", "set.npz", "--index", "3")[1]

    @pytest.mark.parametrize(("words", "status"), [(["--index", "99999"], 3), (["--index", "-1"], 3), (["--out", "look.txt"], 2)])
    def test_show_refuses(self, words: list[str], status: int, convlet, tmp_path) -> None:
        assert convlet("data", "show", "digits", *words)[0] == status
        assert not list(tmp_path.iterdir())


def test_version(convlet) -> None:
    import convlet as package

    assert convlet("--version")[:2] == (0, f"convlet {package.__version__}\n")
