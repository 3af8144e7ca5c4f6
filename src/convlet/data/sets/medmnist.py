"""MedMNIST v2: eleven sets of medical images, 28x28, one label per image, each with its own validation split."""

from convlet.data.entry import Archive, Entry
from convlet.data.npz import read_entry

_ORGANS = (
    *("bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right", "liver", "lung-left"),
    *("lung-right", "pancreas", "spleen"),
)


def _entry(
    name: str,
    title: str,
    md5: str,
    counts: tuple[int, int, int],
    class_names: tuple[str, ...],
    channels: int = 1,
    licence: str = "CC BY 4.0",
) -> Entry:
    """Return an entry; `counts` are those of train, validation and test."""
    return Entry(
        name=name,
        title=title,
        licence=licence,
        citation="J. Yang et al.: MedMNIST v2, a large-scale lightweight benchmark for 2D and 3D biomedical image "
        "classification (Scientific Data, 2023)",
        class_names=class_names,
        image_shape=(28, 28, channels),
        train=counts[0],
        validation=counts[1],
        test=counts[2],
        read=read_entry,
        archives=(Archive(f"{name}.npz", md5=md5),),
        mirrors=("https://zenodo.org/record/6496656/files/",),
        family="medmnist",
    )


ENTRIES = (
    _entry(
        "pathmnist",
        "Tissue of the colon",
        "a8b06965200029087d5bd730944a56c1",
        (89_996, 10_004, 7_180),
        (
            *("adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle", "normal colon mucosa"),
            *("cancer-associated stroma", "colorectal adenocarcinoma epithelium"),
        ),
        3,
    ),
    _entry(
        "dermamnist",
        "Pigmented skin lesions",
        "0744692d530f8e62ec473284d019b0c7",
        (7_007, 1_003, 2_005),
        (
            *("actinic keratoses and intraepithelial carcinoma", "basal cell carcinoma"),
            *("benign keratosis-like lesions", "dermatofibroma", "melanoma", "melanocytic nevi", "vascular lesions"),
        ),
        3,
        "CC BY-NC 4.0",
    ),
    _entry(
        "octmnist",
        "Retinal OCT",
        "c68d92d5b585d8d81f7112f81e2d0842",
        (97_477, 10_832, 1_000),
        ("choroidal neovascularization", "diabetic macular edema", "drusen", "normal"),
    ),
    _entry(
        "pneumoniamnist",
        "Chest X-rays of children",
        "28209eda62fecd6e6a2d98b1501bb15f",
        (4_708, 524, 624),
        ("normal", "pneumonia"),
    ),
    _entry(
        "retinamnist",
        "Diabetic retinopathy, 0-4",
        "bd4c0672f1bba3e3a89f0e4e876791e4",
        (1_080, 120, 400),
        ("0", "1", "2", "3", "4"),
        3,
    ),
    _entry(
        "breastmnist",
        "Breast ultrasound",
        "750601b1f35ba3300ea97c75c52ff8f6",
        (546, 78, 156),
        ("malignant", "normal or benign"),
    ),
    _entry(
        "bloodmnist",
        "Blood cells",
        "7053d0359d879ad8a5505303e11de1dc",
        (11_959, 1_712, 3_421),
        (
            *("basophil", "eosinophil", "erythroblast", "immature granulocytes", "lymphocyte", "monocyte"),
            *("neutrophil", "platelet"),
        ),
        3,
    ),
    _entry(
        "tissuemnist",
        "Cells of the kidney cortex",
        "ebe78ee8b05294063de985d821c1c34b",
        (165_466, 23_640, 47_280),
        (
            *("collecting duct and connecting tubule", "distal convoluted tubule", "glomerular endothelial cells"),
            *("interstitial endothelial cells", "leukocytes", "podocytes", "proximal tubule segments"),
            "thick ascending limb",
        ),
    ),
    _entry("organamnist", "Organs in CT, axial", "866b832ed4eeba67bfb9edee1d5544e6", (34_581, 6_491, 17_778), _ORGANS),
    _entry("organcmnist", "Organs in CT, coronal", "0afa5834fb105f7705a7d93372119a21", (13_000, 2_392, 8_268), _ORGANS),
    _entry(
        "organsmnist", "Organs in CT, sagittal", "e5c39f1af030238290b9557d9503af9d", (13_940, 2_452, 8_829), _ORGANS
    ),
)
