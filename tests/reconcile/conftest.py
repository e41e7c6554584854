from tests.flow.conftest import group as group
