import pytest
from isolated import need_isolation


@pytest.fixture(scope="session")
def isolation() -> None:
    """Every test that runs hostile code asks for this."""
    need_isolation()
