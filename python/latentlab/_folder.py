"""A folder that lives as long as what needs it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """A new folder that is removed with this object, and at the latest when the process ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="latentlab-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
