"""CIFAR-10 and CIFAR-100: 60,000 photographs each, 32x32 in color."""

from functools import partial

from convlet.data.cifar import CIFAR_10, CIFAR_100, read_entry
from convlet.data.entry import Archive, Entry

_CITATION = "A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images (2009)"
_MIRRORS = ("https://www.cs.toronto.edu/~kriz/",)
_BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
_CLASSES_100 = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
willow_tree wolf woman worm
"""

ENTRIES = (
    Entry(
        name="cifar-10",
        title="Photographs of 10 things",
        licence="none stated",
        citation=_CITATION,
        class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        image_shape=(32, 32, 3),
        train=50_000,
        test=10_000,
        read=partial(read_entry, layout=CIFAR_10),
        archives=(
            Archive(
                "cifar-10-binary.tar.gz",
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                members=tuple(f"cifar-10-batches-bin/{name}" for name in _BATCHES),
            ),
        ),
        mirrors=_MIRRORS,
    ),
    Entry(
        name="cifar-100",
        title="Photographs of 100 things",
        licence="none stated",
        citation=_CITATION,
        class_names=tuple(_CLASSES_100.split()),
        image_shape=(32, 32, 3),
        train=50_000,
        test=10_000,
        read=partial(read_entry, layout=CIFAR_100),
        archives=(
            Archive(
                "cifar-100-binary.tar.gz",
                "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                members=("cifar-100-binary/train.bin", "cifar-100-binary/test.bin"),
            ),
        ),
        mirrors=_MIRRORS,
    ),
)
