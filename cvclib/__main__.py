"""`python -m cvclib` is `cvc`."""

from cvclib.cli import main

if __name__ == "__main__":
    main()
