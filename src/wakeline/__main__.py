"""`python -m wakeline`: the same as the command `wakeline`."""

from wakeline.cli.main import run

if __name__ == "__main__":
    run()
