"""core/secret.py"""

import pickle

import pytest
from streamforge.core.secret import Secret


def test_no_text_form_of_a_secret_shows_its_value() -> None:
    secret = Secret("hunter2")

    shown = f"{secret} {secret!r} {secret:>20} {[secret]}"

    assert "hunter2" not in shown
    assert secret.reveal() == "hunter2"


def test_secrets_compare_by_value_and_only_with_secrets() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret(b"a"), Secret(b"a")}) == 1


def test_a_secret_cannot_be_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("a"))
