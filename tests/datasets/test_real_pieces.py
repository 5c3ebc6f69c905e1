"""Pieces of the real data sets."""

import numpy as np
import pytest
import trees

import flawgauge as fg
from flawgauge import datasets
from flawgauge.errors import DataError


def test_mvtec(shared_data):
    dataset = datasets.MVTecAD(shared_data / "mvtec_ad")
    samples = dataset.select()
    assert len(samples) == 16
    assert sum(sample.label == "good" for sample in samples) == 8
    assert {sample.size for sample in samples} == {(700, 700)}
    for name in ("mvtec_maps_f32", "mvtec_maps_u8"):
        found = dataset.pair(shared_data / name, samples)
        assert found.kind == "scores"
        assert fg.read_scores(found.sources[0]).shape == (700, 700)


def test_kolektorsdd(shared_data):
    dataset = datasets.KolektorSDD(shared_data / "kolektorsdd")
    samples = {sample.id: sample for sample in dataset.select()}
    assert len(samples) == 24
    assert dataset.notes == ("kos13/kos08 is a duplicate folder and left out",)
    assert trees.mask_of(samples["kos01/Part5"]).sum() == 1143
    assert samples["kos01/Part5"].size == (1270, 500)
    # Two indices of a palette that are both defects.
    labels = fg.read_labels(samples["kos20/Part4"].mask)
    assert np.unique(labels).tolist() == [0, 1, 2]
    assert trees.mask_of(samples["kos20/Part4"]).sum() == (labels > 0).sum()


def test_dagm(shared_data):
    dataset = datasets.DAGM2007(shared_data / "dagm2007")
    samples = dataset.select()
    labels = [sample.label for sample in samples]
    assert labels == ["good", "defect", "good", "defect", "defect"]
    assert {sample.size for sample in samples} == {(512, 512)}
    predictions = shared_data / "dagm2007_predictions"
    with pytest.raises(DataError, match="2 of 5 samples have no prediction"):
        dataset.pair(predictions, samples)
    defective = [sample for sample in samples if sample.mask is not None]
    found = dataset.pair(predictions, defective)
    assert [path.name for path in found.sources] == [
        "Class1_0595.png",
        "Class1_0616.png",
        "Class1_0626.png",
    ]
    first = fg.read_mask(found.sources[0])
    assert fg.boundary_iou(first, trees.mask_of(defective[0]), distance=0.02) == 0


def test_neu(shared_data):
    dataset = datasets.NEUDET(shared_data / "neu_det")
    samples = dataset.select()
    assert len(samples) == 72
    assert len(dataset.categories) == 6
    assert {sample.size for sample in samples} == {(200, 200)}
    corners = np.array([box for sample in samples for box in sample.boxes])
    assert corners.min() == 0
    assert corners.max() == 200


@pytest.mark.parametrize(
    ("name", "count"), [("train_image_class.csv", 1200), ("train_image_and_class.csv", 623)]
)
def test_severstal(shared_data, name, count):
    assert len(datasets.Severstal(shared_data / "severstal" / name).select()) == count
