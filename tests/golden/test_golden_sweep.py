"""Values of real anomaly maps by other tools: the MVTec AD evaluation code and scikit-learn."""

import json

import numpy as np
import pytest

import flawgauge as fg


@pytest.fixture(scope="module", params=["u8", "f32"])
def category(request, shared_data):
    """Maps and masks of a category, with the values of the other tools."""
    folder = shared_data / f"mvtec_maps_{request.param}" / "metal_nut" / "test"
    expected = json.loads((shared_data / "mvtec_maps_expected.json").read_text("utf-8"))
    scores, target = [], []
    for path in sorted(folder.glob("*/*.tif*")):
        scores.append(fg.read_scores(path))
        truth = shared_data / "mvtec_ad" / "metal_nut" / "ground_truth" / path.parent.name
        mask = truth / f"{path.stem}_mask.png"
        good = path.parent.name == "good"
        target.append(np.zeros(scores[-1].shape, bool) if good else fg.read_mask(mask))
    return scores, target, expected[f"metal_nut/{request.param}"]


def test_pixels(category):
    scores, target, expected = category
    found = fg.sweep(scores, target, regions=True)
    assert len(scores) == expected["images"]
    assert found.num_positives == expected["pos_px"]
    assert found.num_negatives == expected["neg_px"]
    assert found.num_regions == expected["regions"]
    # scikit-learn sums rounded trapezoids.
    assert found.auroc() == pytest.approx(expected["auroc"], rel=1e-13)
    assert found.average_precision() == pytest.approx(expected["ap"], rel=1e-12)
    best = found.best("f1")
    assert best.value == pytest.approx(expected["f1max"], rel=1e-15)
    assert best.threshold.value == expected["f1thr"]
    for limit in (0.05, 0.3, 1.0):
        # The official code keeps rates in single precision.
        assert found.aupro(limit) == pytest.approx(expected[f"aupro_official_{limit}"], abs=2e-9)
        exact = expected[f"aupro_exact64_{limit}"]
        assert found.aupro(limit) == pytest.approx(exact, rel=1e-11)


def test_images(category):
    scores, target, expected = category
    labels = fg.image_labels(target)
    for method, name in (("max", "max"), ("mean", "mean")):
        images = (
            fg.image_scores(scores)
            if method == "max"
            else np.array([image.mean(dtype=np.float64) for image in scores])
        )
        found = fg.image_sweep(images, labels)
        assert found.auroc() == pytest.approx(expected[f"img_auroc_{name}"], rel=1e-15)
        if method == "max":
            assert found.average_precision() == pytest.approx(expected["img_ap_max"], rel=1e-15)


def test_scikit_learn(category):
    metrics = pytest.importorskip("sklearn.metrics")
    scores, target, _ = category
    truth = np.concatenate([mask.ravel() for mask in target[::4]])
    values = np.concatenate([image.ravel() for image in scores[::4]])
    found = fg.sweep(scores[::4], target[::4])
    assert found.auroc() == pytest.approx(metrics.roc_auc_score(truth, values), rel=1e-13)
    partial = metrics.roc_auc_score(truth, values, max_fpr=0.1)
    assert found.auroc(0.1, normalise="mcclish") == pytest.approx(partial, rel=1e-12)
    precision = metrics.average_precision_score(truth, values)
    assert found.average_precision() == pytest.approx(precision, rel=1e-12)


def test_torchmetrics(category):
    classification = pytest.importorskip("torchmetrics.classification")
    torch = pytest.importorskip("torch")
    scores, target, _ = category
    if scores[0].dtype == np.uint8:
        pytest.skip("torchmetrics takes floats")
    # Scores outside of 0 to 1 would go through a sigmoid.
    images = [image / 256 for image in scores[::4]]
    values = torch.from_numpy(np.stack(images).ravel())
    truth = torch.from_numpy(np.stack(target[::4]).ravel().astype(np.int64))
    found = fg.sweep(images, target[::4])
    auroc = float(classification.BinaryAUROC()(values, truth))
    # torchmetrics computes in single precision.
    assert found.auroc() == pytest.approx(auroc, abs=1e-5)
