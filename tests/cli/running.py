"""The command line in the test's own process, and what it printed."""

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from wakeline.cli.main import run


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    def read_json(self) -> Any:
        """The one value on stdout; fails where there is more, or something else."""
        assert self.code == 0, self.err
        return json.loads(self.out)


def call(*arguments: str) -> Done:
    """`wakeline <arguments>`, as the entry point runs it."""
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with (
        patch.object(sys, "argv", ["wakeline", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            run()
        except SystemExit as ended:
            code = ended.code
    if isinstance(code, str):
        return Done(1, out.getvalue(), err.getvalue() + code)
    return Done(int(code or 0) if isinstance(code, int) else 0, out.getvalue(), err.getvalue())
