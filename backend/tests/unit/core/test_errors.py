"""core/errors.py: the registry is complete, and every raise in the product agrees with it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamforge
from streamforge.core import errors
from streamforge.core.errors import ERRORS, AppError, Bug, Limited, NotFound, from_code

SOURCES = sorted(Path(streamforge.__file__).parent.rglob("*.py"))
# Workers answer with codes of the same registry.
WORKER_CODES = Path(__file__).parents[3] / "sfu" / "crates" / "core" / "src" / "error.rs"
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, AppError) and kind is not AppError
}


def raised_codes() -> Iterator[tuple[str, str, str]]:
    """Every `Kind("code", …)` in the sources, as (kind, code, where)."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            if (
                isinstance(node.func, ast.Name)
                and node.func.id in KINDS
                and isinstance(first, ast.Constant)
                and isinstance(first.value, str)
            ):
                yield node.func.id, first.value, f"{path.name}:{node.lineno}"


def test_every_code_that_is_raised_is_registered_with_its_kind() -> None:
    wrong = [
        f"{where}: {kind}({code!r})"
        for kind, code, where in raised_codes()
        if code not in ERRORS or ERRORS[code].kind is not KINDS[kind]
    ]

    assert wrong == []


def test_every_code_is_used_by_the_server_or_a_worker() -> None:
    used = "".join(path.read_text() for path in SOURCES if path.name != "errors.py")
    variants = re.findall(r"^    ([A-Z]\w+),$", WORKER_CODES.read_text(), re.MULTILINE)
    of_workers = {re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower() for name in variants}

    assert "hello_required" in of_workers
    assert of_workers <= ERRORS.keys()
    assert [code for code in ERRORS if f'"{code}"' not in used and code not in of_workers] == []


def test_every_code_has_a_text_and_a_message_key() -> None:
    for code, spec in ERRORS.items():
        assert spec.message
        assert spec.message_key == f"error.{code}"


def test_no_status_is_used_by_two_branches_of_the_tree() -> None:
    direct = [kind for kind in KINDS.values() if AppError in kind.__bases__]

    assert len({kind.status for kind in direct}) == len(direct)


def test_an_error_from_another_process_gets_its_class_back() -> None:
    error = from_code("router_not_found", "There is no router rtr_1.")

    assert isinstance(error, NotFound)
    assert error.code == "router_not_found"
    assert error.message == "There is no router rtr_1."


def test_an_unknown_code_is_our_fault_and_keeps_the_code_for_the_log() -> None:
    error = from_code("no_such_code")

    assert isinstance(error, Bug)
    assert error.code == "internal"
    assert error.context == {"code": "no_such_code"}


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_registered_code_can_be_built_from_the_wire(code: str) -> None:
    error = from_code(code)

    assert type(error) is ERRORS[code].kind
    assert error.message == ERRORS[code].message


def test_a_limit_says_when_to_try_again() -> None:
    assert Limited("rate_limited", retry_after_ms=250).retry_after_ms == 250
    assert NotFound("not_found").retry_after_ms is None
