"""Who does a table's upkeep for the next minutes: an application transaction of the table itself.

Its number holds the end (milliseconds) and a hash of the holder. The lease only saves double work; what makes
two rewrites safe is their fence. So a clock that was stepped does no harm: an end that is further away than a
term counts as past.
"""

import hashlib
import time

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError

from wakeline.core.errors import UnavailableError
from wakeline.loglake.place import Place
from wakeline.loglake.recovery import ACTION_COUNT
from wakeline.loglake.rewrite import NO_HOOK, PARTITIONED_BY, sync_log
from wakeline.loglake.storage import Storage
from wakeline.loglake.table import open_table

LEASE = "maintenance-lease"
TERM_MS = 600_000
_HOLDER_BITS = 16


def take_lease(root: Place, holder: str, disk: Storage, *, now_ms: int | None = None) -> bool:
    """True if the holder has it for at least half a term from now on; renews it where less is left."""
    now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    table = open_table(root)
    end_ms, held_by = read_lease(table)
    own = hash_holder(holder)
    is_running = now < end_ms <= now + TERM_MS
    if is_running and held_by != own:
        return False
    if is_running and end_ms - now > TERM_MS // 2:
        return True
    return _write(table, root, (now + TERM_MS) << _HOLDER_BITS | own, disk)


def read_lease(table: DeltaTable) -> tuple[int, int]:
    """Its end in milliseconds, and the hash of the holder; zeros before the first."""
    number = table.transaction_version(LEASE) or 0
    return number >> _HOLDER_BITS, number & ((1 << _HOLDER_BITS) - 1)


def hash_holder(holder: str) -> int:
    return int.from_bytes(hashlib.blake2b(holder.encode(), digest_size=_HOLDER_BITS // 8).digest(), "big")


def _write(table: DeltaTable, root: Place, number: int, disk: Storage) -> bool:
    sync_log(root, disk)
    try:
        table.create_write_transaction(
            [],
            "append",
            table.schema(),
            PARTITIONED_BY,
            commit_properties=CommitProperties(
                custom_metadata={ACTION_COUNT: 1}, app_transactions=[Transaction(LEASE, number)]
            ),
            post_commithook_properties=NO_HOOK,
        )
    except CommitFailedError:
        return False
    except (OSError, DeltaError) as error:
        raise UnavailableError(f"the log table at {root} cannot be written: {error}") from error
    sync_log(root, disk)
    return True
