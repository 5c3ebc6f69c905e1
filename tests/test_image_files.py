"""Reading masks, label maps and score maps: what is in the files, exactly."""

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import flawgauge as fg
from flawgauge.image_files import image_size
from image_bytes import bmp, png

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=70)
SCORE_DTYPES = st.sampled_from(
    ["u1", "<u2", ">u2", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "i1", "<i2", ">i4", "<u4", "?"]
)
WIDENED = {"i1": "f4", "i2": "f4", "i4": "f8", "u4": "f8", "b1": "u1"}
ON_FILES = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def score_maps(draw):
    dtype = np.dtype(draw(SCORE_DTYPES))
    kwargs = {"allow_nan": False} if dtype.kind == "f" else {}
    elements = hnp.from_dtype(dtype, **kwargs)
    scores = draw(hnp.arrays(dtype, SHAPES, elements=elements))
    return np.asfortranarray(scores) if draw(st.booleans()) else scores


def assert_same_scores(read, scores):
    kind = scores.dtype.newbyteorder("=").str[1:]
    assert read.dtype == np.dtype(WIDENED.get(kind, kind))
    assert read.shape == scores.shape
    assert np.array_equal(read, scores)


@ON_FILES
@given(scores=score_maps())
def test_scores_of_npy_files(tmp_path, scores):
    path = tmp_path / "scores.npy"
    np.save(path, scores)
    assert_same_scores(fg.read_scores(path), scores)
    assert image_size(path) == scores.shape


@ON_FILES
@given(scores=score_maps(), compressed=st.booleans())
def test_scores_of_npz_files(tmp_path, scores, compressed):
    path = tmp_path / "scores.npz"
    save = np.savez_compressed if compressed else np.savez
    save(path, other=np.zeros((1, 1)), map=scores)
    assert_same_scores(fg.read_scores(path, key="map"), scores)
    assert image_size(path, key="map") == scores.shape
    save(path, scores)
    assert_same_scores(fg.read_scores(path), scores)


@ON_FILES
@given(
    labels=hnp.arrays(
        st.sampled_from(["u1", "i1", "<i2", ">u2", "<i4", ">u8", "<i8", "?"]).map(np.dtype), SHAPES
    )
)
def test_labels_and_masks_of_npy_files(tmp_path, labels):
    path = tmp_path / "labels.npy"
    np.save(path, labels)
    assert np.array_equal(fg.read_labels(path), labels)
    assert np.array_equal(fg.read_mask(path, threshold=1), labels >= 1)
    if len({*labels.ravel().tolist()} - {0}) <= 1:
        assert np.array_equal(fg.read_mask(path), labels != 0)
    else:
        with pytest.raises(fg.DataError, match="different values"):
            fg.read_mask(path)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("palette", [False, True])
@pytest.mark.parametrize("columns", [1, 7, 8, 9, 33])
def test_png_of_all_depths(tmp_path, bits, palette, columns):
    if palette and bits == 16:
        pytest.skip("there are no palettes of 16 bits")
    values = np.random.default_rng(bits).integers(0, 2**bits, (5, columns))
    path = tmp_path / "labels.png"
    path.write_bytes(png(values, bits, palette=palette))
    labels = fg.read_labels(path)
    assert labels.dtype == (np.uint16 if bits == 16 else np.uint8)
    assert np.array_equal(labels, values)
    assert image_size(path) == (5, columns)
    if palette:
        # Indices need no threshold and heed none.
        assert np.array_equal(fg.read_mask(path), values > 0)
        assert np.array_equal(fg.read_mask(path, threshold=200), values > 0)
        with pytest.raises(fg.DataError, match="indices of a palette"):
            fg.read_scores(path)
    else:
        assert np.array_equal(fg.read_scores(path), values)


@pytest.mark.parametrize("bits", [1, 4, 8])
@pytest.mark.parametrize("columns", [1, 7, 8, 9, 33])
@pytest.mark.parametrize("top_down", [False, True])
def test_bmp_by_index(tmp_path, bits, columns, top_down):
    values = np.random.default_rng(bits).integers(0, 2**bits, (5, columns))
    path = tmp_path / "labels.bmp"
    path.write_bytes(bmp(values, bits, top_down=top_down))
    assert np.array_equal(fg.read_labels(path), values)
    assert np.array_equal(fg.read_mask(path), values > 0)
    assert image_size(path) == (5, columns)


def test_grey_fringe(tmp_path):
    values = np.array([[0, 1, 127], [128, 254, 255]])
    path = tmp_path / "mask.png"
    path.write_bytes(png(values, 8))
    with pytest.raises(fg.DataError, match=r"mask\.png: .*6 different values \(0, 1, 127, 128"):
        fg.read_mask(path)
    assert np.array_equal(fg.read_mask(path, threshold=128), values >= 128)
    path.write_bytes(png(values // 17, 4))
    with pytest.raises(fg.DataError, match="at most 15"):
        fg.read_mask(path, threshold=128)


def test_png_as_opencv_writes_it(tmp_path):
    cv2 = pytest.importorskip("cv2")
    values = np.random.default_rng(0).integers(0, 2, (37, 41)).astype(np.uint8) * 255
    path = tmp_path / "mask.png"
    for options in [[], [cv2.IMWRITE_PNG_BILEVEL, 1], [cv2.IMWRITE_PNG_COMPRESSION, 9]]:
        cv2.imwrite(str(path), values, options)
        assert np.array_equal(fg.read_mask(path), values > 0)


def test_palettes_in_real_files(shared_data):
    folder = shared_data / "kolektorsdd"
    assert fg.read_mask(folder / "kos01" / "Part5_label.bmp").sum() == 1143
    labels = fg.read_labels(folder / "kos20" / "Part4_label.bmp")
    assert set(np.unique(labels)) == {0, 1, 2}
    assert np.array_equal(fg.read_mask(folder / "kos20" / "Part4_label.bmp"), labels > 0)
    assert not fg.read_mask(folder / "kos01" / "Part0_label.bmp").any()
    for path in sorted(folder.glob("*/*_label.bmp")):
        photograph = path.with_name(path.name.replace("_label.bmp", ".jpg"))
        if photograph.exists():
            assert image_size(path) == image_size(photograph)


def test_real_masks_and_maps(shared_data):
    masks = sorted((shared_data / "mvtec_ad").rglob("*_mask.png"))
    maps = sorted((shared_data / "mvtec_maps_f32").rglob("*.tiff"))
    assert len(masks) == 8
    assert len(maps) == 16
    for path in masks:
        mask = fg.read_mask(path)
        assert mask.shape == (700, 700)
        assert mask.any()
        assert not mask.all()
    for path in maps:
        scores = fg.read_scores(path)
        assert (scores.shape, scores.dtype) == ((700, 700), np.float32)
    ticks = sorted((shared_data / "mvtec_maps_u8").rglob("*.tiff"))
    assert fg.read_scores(ticks[0]).dtype == np.uint8
    labels = sorted((shared_data / "dagm2007").rglob("*_label.PNG"))
    assert [fg.read_mask(path).any() for path in labels] == [True] * 3


def test_real_files_as_other_readers_read_them(shared_data):
    cv2 = pytest.importorskip("cv2")
    tifffile = pytest.importorskip("tifffile")
    for path in sorted((shared_data / "mvtec_ad").rglob("*_mask.png")):
        theirs = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(fg.read_labels(path), theirs)
    for folder in ("mvtec_maps_f32", "mvtec_maps_u8"):
        for path in sorted((shared_data / folder).rglob("*.tiff")):
            assert np.array_equal(fg.read_scores(path), tifffile.imread(path))


def test_palette_bmp_as_pillow_reads_it(shared_data):
    image = pytest.importorskip("PIL.Image")
    for path in sorted((shared_data / "kolektorsdd").rglob("*_label.bmp")):
        assert np.array_equal(fg.read_labels(path), np.asarray(image.open(path)))


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f2", "f4", "f8", "u4"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("tile", [None, (16, 32)])
@pytest.mark.parametrize(
    ("compression", "predictor"),
    [
        (None, None),
        ("zlib", None),
        ("zlib", 2),
        ("zlib", 3),
        ("lzw", None),
        ("lzw", 2),
        ("packbits", None),
    ],
)
def test_tiff_variants(tmp_path, dtype, byteorder, tile, compression, predictor):
    tifffile = pytest.importorskip("tifffile")
    pytest.importorskip("imagecodecs")
    if (predictor == 3) != (dtype[0] == "f") and predictor is not None:
        pytest.skip("a predictor of the other kind of numbers")
    scores = (np.random.default_rng(1).normal(size=(37, 41)) * 50).astype(dtype)
    path = tmp_path / "map.tif"
    options = {"compression": compression, "predictor": predictor, "tile": tile}
    options = {name: value for name, value in options.items() if value is not None}
    rows = {} if tile else {"rowsperstrip": 10}
    tifffile.imwrite(path, scores, byteorder=byteorder, photometric="minisblack", **options, **rows)
    assert_same_scores(fg.read_scores(path), scores)
    assert image_size(path) == scores.shape


def test_big_tiff_and_kinds_that_are_refused(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    scores = np.random.default_rng(1).random((37, 41), np.float32)
    path = tmp_path / "map.tif"
    tifffile.imwrite(path, scores, bigtiff=True)
    assert np.array_equal(fg.read_scores(path), scores)
    tifffile.imwrite(path, np.zeros((9, 9, 3), np.uint8), photometric="rgb")
    with pytest.raises(fg.DataError, match="3 channels"):
        fg.read_mask(path)
    tifffile.imwrite(path, np.zeros((2, 9, 9), np.float32), photometric="minisblack")
    with pytest.raises(fg.DataError, match="several images"):
        fg.read_scores(path)
    tifffile.imwrite(path, np.eye(9, dtype=bool))
    with pytest.raises(fg.DataError, match="white as zero"):
        fg.read_mask(path)


def test_nothing_rescales(tmp_path):
    """A chunk that tells how dark a screen is, or which colour is clear, changes no value."""
    values = np.array([[0, 3], [5, 255]])
    chunks = [(b"gAMA", struct.pack(">I", 10_000)), (b"tRNS", struct.pack(">H", 3))]
    path = tmp_path / "labels.png"
    path.write_bytes(png(values, 8, chunks=chunks))
    assert np.array_equal(fg.read_labels(path), values)
