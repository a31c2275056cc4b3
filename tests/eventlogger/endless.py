"""Logs until it is killed, printing each prediction id once `log` has returned: SERVER FOLDER."""

import sys

from tests.eventserver.running import SECRET
from wakeline import EventLogger


def main(server: str, folder: str) -> None:
    logger = EventLogger("risk-api", endpoint="risk", server=server, key=SECRET, folder=folder)
    number = 0
    while True:
        number += 1
        sys.stdout.write(logger.log({"n": number}, "x") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
