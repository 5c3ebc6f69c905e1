"""Small samples, generated, the same on every machine."""

from __future__ import annotations

from flawgauge.demo.files import quoted, sample_folder
from flawgauge.demo.maps import write_map_sample
from flawgauge.demo.severstal import generate, write_sample

__all__ = ["generate", "quoted", "sample_folder", "write_map_sample", "write_sample"]
