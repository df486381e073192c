"""Fixtures: the binary, its bundled data, a seed that is printed and can be given back."""

import os
import random
import shutil

import pytest

from product import BINARY, DEMO, load, wayfare


def pytest_report_header():
    return f"binary: {BINARY}"


def pytest_configure(config):
    if not BINARY.exists():
        raise pytest.UsageError(f"{BINARY} is missing: build it (make test does) or set WAYFARE_BIN")


@pytest.fixture
def seed(request):
    """The seed of a test that draws: WAYFARE_TEST_SEED, else a new one; shown when the test fails."""
    given = os.environ.get("WAYFARE_TEST_SEED")
    number = int(given) if given else random.SystemRandom().randrange(2**32)
    print(f"seed of {request.node.name}: WAYFARE_TEST_SEED={number}")
    return number


@pytest.fixture
def draw(seed):
    """A random source that follows the seed."""
    return random.Random(seed)


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory):
    """A data directory with the bundled data, flushed; for reading only."""
    data = tmp_path_factory.mktemp("demo") / "data"
    load(data, [DEMO / "profiles.ndjson.gz"], [DEMO / "events.ndjson.gz"])
    wayfare("flush", "--data", data).expect()
    return data


@pytest.fixture
def demo_copy(demo_data, tmp_path):
    """A copy of the bundled data that a test may change."""
    return shutil.copytree(demo_data, tmp_path / "demo")
