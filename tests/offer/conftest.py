from tests.api.conftest import group as group
