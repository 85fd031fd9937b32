"""`python -m streamforge` is the command `streamforge`."""

from streamforge.cli import main

main()
