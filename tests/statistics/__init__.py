# ruff: noqa: A005 - mirrors src; the suite imports it as tests.statistics, never as statistics
