"""What the job runner can do: one function a kind of job, in one literal table.

What a job needs is loaded when the first one runs, so that the server starts without scikit-learn.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from wakeline.core.errors import InvalidInputError, WakelineError
from wakeline.core.status import Status
from wakeline.core.window import parse_window
from wakeline.monitoring.erasure import ERASE
from wakeline.monitoring.schedules import EVALUATE
from wakeline.server.jobs import JobContext, JobFunction


def evaluate(job: JobContext) -> dict[str, Any]:
    """Arguments: `recipe` (its name) and `window`; `scheduled`: a window without rows is no failure."""
    from wakeline.evaluation.recipe import NoRowsError
    from wakeline.evaluation.store import run_recipe
    from wakeline.monitoring.alerts import judge_and_tell
    from wakeline.monitoring.state import has_log

    if job.project is None:
        raise InvalidInputError("the job names no project; expected that of the recipe")
    recipe, window = str(job.arguments["recipe"]), parse_window(str(job.arguments["window"]))
    if job.arguments.get("scheduled") and not has_log(job.sessions, job.home, job.project, recipe):
        return _note_empty(job, NoRowsError("the log has no table yet; it comes with the first event"))
    job.log(f"evaluating {window} by the recipe {recipe}")
    try:
        saved = run_recipe(
            job.sessions,
            job.home,
            job.project,
            recipe,
            window,
            progress=job.progress,
            clock=job.clock,
            job_id=job.job_id,
            after_save=lambda session, row: judge_and_tell(session, row, job.clock.now_us()),
        )
    except NoRowsError as error:
        return _note_empty(job, error)
    change = f"revision {saved.revision}" if saved.changed else f"unchanged since revision {saved.revision}"
    job.log(f"{saved.status}: {saved.sentence}", f"evaluation {saved.evaluation_id}, {change}")
    return asdict(saved)


def _note_empty(job: JobContext, error: WakelineError) -> dict[str, Any]:
    """By schedule nothing to evaluate is an outcome; who asked for the window is told that it is wrong."""
    if not job.arguments.get("scheduled"):
        raise error
    job.log(f"{Status.EMPTY}: {error.message}")
    return {"status": Status.EMPTY.value, "sentence": error.message}


def erase(job: JobContext) -> dict[str, Any]:
    """Arguments: `erasure`, the id of the audit record; the key itself stands in a file of the home."""
    from wakeline.monitoring.erasure import fail_erasure, run_erasure
    from wakeline.server.jobs import JobInterruptedError

    erasure = str(job.arguments["erasure"])
    try:
        return run_erasure(job.sessions, job.home, erasure, progress=job.progress, clock=job.clock)
    except JobInterruptedError:
        raise
    except Exception:
        fail_erasure(job.sessions, job.home, erasure, job.clock.now_us())
        raise


JOB_FUNCTIONS: Mapping[str, JobFunction] = {EVALUATE: evaluate, ERASE: erase}
