"""A data set in MVTec AD's layout with maps of scores, and the same as arrays."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from image_bytes import png

SHAPES = {"nut": (30, 41), "tile": (24, 24)}
LABELS = ("good", "good", "bent", "bent", "scratch")


@dataclass
class MapFiles:
    """Two categories of five images, two of them good; arrays by category, in order of the ids."""

    folder: Path
    scores: dict = field(default_factory=dict)
    target: dict = field(default_factory=dict)
    ids: dict = field(default_factory=dict)

    @property
    def root(self):
        return self.folder / "root"

    @property
    def maps(self):
        return self.folder / "maps"

    def write(self, dtype=np.float32, seed=0):
        generator = np.random.default_rng(seed)
        for category, shape in SHAPES.items():
            images = []
            for number, label in enumerate(LABELS):
                mask = np.zeros(shape, np.uint8)
                if label != "good":
                    top, left = generator.integers(2, 14, 2)
                    mask[top : top + 6, left : left + 3 + number] = 255
                    mask[-3:, -2:] = 255
                scores = generator.random(shape) + (mask > 0) * generator.random() * 1.5
                if np.issubdtype(dtype, np.integer):
                    scores = scores * 60
                images.append((f"{category}/test/{label}/{number:03}", scores.astype(dtype), mask))
            images.sort(key=lambda image: image[0])
            for name, scores, mask in images:
                self._write_image(name, scores, mask)
            self.ids[category] = tuple(name for name, _, _ in images)
            self.scores[category] = [scores for _, scores, _ in images]
            self.target[category] = [mask for _, _, mask in images]
        return self

    def _write_image(self, name, scores, mask):
        path = self.root / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(np.zeros_like(mask), 8))
        if mask.any():
            path = self.root / f"{name.replace('test', 'ground_truth')}_mask.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(mask, 8))
        path = self.maps / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, scores)

    def replace_maps(self, change):
        """Write all maps again, changed."""
        for category, names in self.ids.items():
            for name, scores in zip(names, self.scores[category], strict=True):
                np.save(self.maps / f"{name}.npy", change(scores))
