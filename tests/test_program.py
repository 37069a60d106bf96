"""What a result depends on beside its inputs."""

from pathlib import Path

import pytest

from twin import program as module


def test_the_program_is_known_by_its_source_and_its_engines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = module.program().split()
    assert told[0].startswith("twin-")
    assert {name.rpartition("-")[0] for name in told[1:]} >= {"numpy", "owa-epanet", "pandapower"}
    for place in ("a.py", "deep/b.py"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "program.py"))
    seen = set()
    for content in ("x = 1\n", "x = 2\n", "x = 1 \n"):
        (tmp_path / "deep" / "b.py").write_text(content, encoding="utf-8")
        module.program.cache_clear()
        seen.add(module.program())
    module.program.cache_clear()
    assert len(seen) == 3
