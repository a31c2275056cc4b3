"""No import cycle, imports inside functions counted; the layers are import-linter's (`make check`)."""

from graphlib import TopologicalSorter

import grimp


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = grimp.build_graph("wakeline")
    sorter = TopologicalSorter(
        {
            module: graph.find_modules_directly_imported_by(module) - {"wakeline"}
            for module in graph.modules
            if module != "wakeline"  # its public names are resolved on first use
        }
    )
    sorter.prepare()
