"""The backends that tests run through. A further one is tested without an edit of a test."""

from __future__ import annotations

from itertools import combinations

from specc.codegen.backend import backend_names, get_backend

BACKENDS = tuple(name for name in backend_names() if get_backend(name).trains)
PAIRS = tuple(combinations(BACKENDS, 2))
"""Each two of them, for tests that hold one's numbers against another's."""
