"""The masks of a data set, given as predictions, are scored as perfect."""

import json

import pytest
import trees

import flawgauge as fg
from flawgauge import datasets

TREES = {
    datasets.MVTecAD: trees.mvtec,
    datasets.KolektorSDD: trees.kolektorsdd,
    datasets.KolektorSDD2: trees.kolektorsdd2,
    datasets.DAGM2007: trees.dagm,
    datasets.NEUDET: trees.neu,
}


def write_masks(folder, samples):
    for sample in samples:
        trees.write_png(folder / f"{sample.id}.png", trees.mask_of(sample) * 255)
    return folder


def write_results(path, samples):
    """COCO results of the images that have a defect."""
    entries = []
    for sample in samples:
        mask = trees.mask_of(sample)
        if mask.any():
            encoded = fg.rle_encode(mask, format="coco")
            entries.append({"image_id": sample.id, "segmentation": encoded})
    return trees.write(path, json.dumps(entries))


@pytest.mark.parametrize("cls", TREES)
def test_masks_of_the_data_set(tmp_path, cls):
    dataset = cls(TREES[cls](tmp_path / "truth"))
    samples = dataset.select()
    found = [
        fg.evaluate(dataset, write_masks(tmp_path / "masks", samples)),
        fg.evaluate(dataset, write_results(tmp_path / "results.json", samples)),
    ]
    pixels = sum(int(trees.mask_of(sample).sum()) for sample in samples)
    assert pixels > 0
    for report in found:
        counts = sum(category.confusion.sum() for category in report.categories)
        assert (counts.tp, counts.fp, counts.fn) == (pixels, 0, 0)
    assert found[0].fingerprint == found[1].fingerprint
