"""What scoring files counts, unless a test says otherwise."""

SCORE_OPTIONS = {
    "masks": False,
    "map_key": None,
    "mask_threshold": None,
    "resize": None,
    "max_pixels": 10**8,
    "connectivity": 8,
    "threshold": 0.5,
    "boundary": (None, [2], "chessboard", "background"),
    "with_sweep": True,
    "sweep_boundary": True,
}
