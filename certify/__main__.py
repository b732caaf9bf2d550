"""`python -m certify`, the same program as the console script."""

from certify.cli import main

if __name__ == "__main__":
    main()
