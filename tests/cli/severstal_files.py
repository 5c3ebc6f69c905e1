"""Running the command line, and small Severstal files to run it on."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TRUTH = """\
ImageId_ClassId,EncodedPixels
a.jpg_1,1 4
a.jpg_2,
a.jpg_3,11 2
b.jpg_1,
b.jpg_2,
b.jpg_3,
c.jpg_1,
c.jpg_2,3 5
c.jpg_3,
"""
PREDICTIONS = """\
ImageId_ClassId,EncodedPixels
a.jpg_1,3 4
a.jpg_2,
a.jpg_3,
b.jpg_1,
b.jpg_2,20 1
b.jpg_3,
c.jpg_1,
c.jpg_2,3 5
c.jpg_3,
"""


def run(*arguments, **options):
    """Run ``flawgauge`` with these arguments; its output is captured."""
    command = [sys.executable, "-m", "flawgauge", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


@dataclass
class Files:
    """Two tables of 3 images of 4 x 5 pixels and 3 classes, and how to score them."""

    folder: Path

    @property
    def truth(self):
        return self.folder / "train.csv"

    @property
    def predictions(self):
        return self.folder / "submission.csv"

    def write(self, truth=TRUTH, predictions=PREDICTIONS):
        for path, text in ((self.truth, truth), (self.predictions, predictions)):
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def evaluate(self, *arguments, **options):
        return run("evaluate", "severstal", *self.arguments(), *arguments, **options)

    def arguments(self):
        return (
            *("--truth", self.truth, "--predictions", self.predictions),
            *("--image-size", "4x5", "--classes", "3"),
        )
