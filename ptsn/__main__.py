"""``python -m ptsn``."""

from ptsn.cli import main

if __name__ == "__main__":
    main()
