"""Writes crates/random/tests/halton.csv: SciPy's scrambled van der Corput sequences in five bases, 64 points each.

The permutations are a formula that the test repeats. Needs scipy (1.17.1 wrote what is stored).
"""

from math import ceil, log2
from pathlib import Path

import numpy as np
from scipy.stats._qmc import van_der_corput

columns = []
for base in [2, 3, 5, 7, 11]:
    digits = ceil(54 / log2(base)) - 1
    permutations = np.array([[((1 + j % (base - 1)) * d + j) % base for d in range(base)] for j in range(digits)])
    columns.append(van_der_corput(64, base, scramble=True, permutations=permutations))
rows = [",".join(repr(float(value)) for value in row) for row in zip(*columns)]
out = Path(__file__).parent.parent / "crates/random/tests/halton.csv"
out.parent.mkdir(exist_ok=True)
out.write_text("\n".join(rows) + "\n")
