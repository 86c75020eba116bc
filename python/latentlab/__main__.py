"""The command `latentlab`, which is also `python -m latentlab`."""

import sys

from latentlab import _native


def main() -> int:
    """Run the program with the arguments of this process."""
    return _native.program(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
