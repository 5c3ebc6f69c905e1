"""Real anomaly maps in files: values of the MVTec AD evaluation code and of scikit-learn."""

import json

import pytest

import flawgauge as fg


@pytest.mark.parametrize("kind", ["u8", "f32"])
def test_mvtec_maps(shared_data, kind):
    dataset = fg.datasets.MVTecAD(shared_data / "mvtec_ad")
    report = fg.evaluate(dataset, shared_data / f"mvtec_maps_{kind}", boundary=None)
    data = json.loads((shared_data / "mvtec_maps_expected.json").read_text("utf-8"))
    expected = data[f"metal_nut/{kind}"]
    part = report["metal_nut"]
    assert part.num_images == expected["images"]
    assert part.sweep.num_positives == int(part.num_positives.sum()) == expected["pos_px"]
    assert part.sweep.num_negatives == expected["neg_px"]
    assert len(part.regions) == expected["regions"]
    assert part.threshold == fg.Threshold(expected["f1thr"], "f1", "oracle")
    values = report.values["metal_nut"]
    assert values["pixel_auroc"] == pytest.approx(expected["auroc"], rel=1e-13)
    assert values["pixel_ap"] == pytest.approx(expected["ap"], rel=1e-12)
    assert values["pixel_f1_max"] == pytest.approx(expected["f1max"], rel=1e-15)
    assert values["dice"] == values["pixel_f1_max"]
    assert values["image_auroc"] == pytest.approx(expected["img_auroc_max"], rel=1e-15)
    assert values["image_ap"] == pytest.approx(expected["img_ap_max"], rel=1e-15)
    for limit in ("0.05", "0.3"):
        # The official code keeps rates in single precision.
        official = expected[f"aupro_official_{limit}"]
        assert values[f"aupro_{limit}"] == pytest.approx(official, abs=2e-9)
        exact = expected[f"aupro_exact64_{limit}"]
        assert values[f"aupro_{limit}"] == pytest.approx(exact, rel=1e-11)


def test_real_ellipses(shared_data, tmp_path):
    split = tmp_path / "split.txt"
    split.write_text("Class1/Test/0595\nClass1/Test/0616\nClass1/Test/0626\n")
    dataset = fg.datasets.DAGM2007(shared_data / "dagm2007", split_file=split)
    report = fg.evaluate(dataset, shared_data / "dagm2007_predictions")
    rows = {row["image"]: row for row in report.rows()}
    # A prediction that covers the middle of the ellipse but nothing of its edge.
    assert rows["Class1/Test/0595"]["boundary_iou"] == 0.0
    assert rows["Class1/Test/0595"]["iou"] > 0.2
    assert {row["label_kind"] for row in rows.values()} == {"ellipse, coarse"}
