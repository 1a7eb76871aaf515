"""The log's tests have the people and the group of those of chat."""

from tests.chat.conftest import announced as announced
from tests.chat.conftest import group as group
