"""`python -m wakeline.shipper --config node.json`: ships the spool of a node or gateway until SIGTERM.

Stop points of the fault tests, in `WAKELINE_TEST_STOP_POINT`: `shipper.claimed`, `shipper.answered`,
`shipper.settled`, `shipper.acknowledged`, `shipper.counters-moved`.
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from functools import partial
from pathlib import Path

from wakeline.core.errors import InvalidInputError, WakelineError
from wakeline.shipper.ship import Shipper
from wakeline.wire.configuration import ShipperConfiguration, read_key, read_shipper_configuration


def main(arguments: list[str]) -> int:
    """The exit code: 0 after SIGTERM, 1 with one line on stderr where the shipper cannot start."""
    parser = argparse.ArgumentParser(prog="python -m wakeline.shipper", description="Ship one spool folder.")
    parser.add_argument("--config", type=Path, required=True, help="node.json or gateway.json")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        configuration = read_shipper_configuration(options.config)
        asyncio.run(run_shipper(configuration))
    except WakelineError as error:
        sys.stderr.write(f"wakeline shipper: {error.message}\n")
        return 1
    return 0


async def run_shipper(configuration: ShipperConfiguration) -> None:
    """Until SIGTERM or SIGINT."""
    if configuration.reporting is None or not configuration.reporting.servers:
        raise InvalidInputError("the configuration has no reporting.servers; expected at least one URL")
    reporting = configuration.reporting
    shipper = Shipper(
        Path(configuration.spool.folder),
        reporting.servers,
        partial(read_key, Path(reporting.keys_file), reporting.key_name),
        ca_file=None if reporting.ca_file is None else Path(reporting.ca_file),
    )
    task = asyncio.ensure_future(shipper.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
