"""`python -m convlet`: the same as the command `convlet`."""

from convlet.cli import main

if __name__ == "__main__":
    main()
