"""``python -m flawgauge`` is the command ``flawgauge``."""

import sys

from flawgauge.cli import main

sys.exit(main())
