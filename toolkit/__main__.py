"""``python -m toolkit``: the command line without the console script."""

from toolkit.cli import main

if __name__ == "__main__":
    main()
