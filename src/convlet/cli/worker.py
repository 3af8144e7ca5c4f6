"""Run a worker of `convlet train --processes`: the same command line, in a child process."""

from convlet import cli
from convlet.errors import LostProcessError
from convlet.training.distributed.worker import work

if __name__ == "__main__":
    work(lambda: cli.main(unsaid=LostProcessError))
