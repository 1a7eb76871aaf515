"""The desk's page with what the doctor finds, and the thread that runs the checks for it."""

import threading
import time

import pytest

from im66.doctor import desk, examining
from im66.doctor.database import LOGIN
from im66.doctor.desk import Background, Examination
from im66.doctor.examining import CHECKS, Result
from im66.doctor.processes import FEW_FILES
from tests.support.desk import enter, text_of

DATABASE, REDIS, DISK = CHECKS[1:4]


@pytest.mark.django_db
def test_status_page_shows_findings_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [LOGIN.finding(user="im66"), FEW_FILES.finding(number=7, files=1024)]
    results = [Result(DATABASE, faults), Result(REDIS, [])]
    monkeypatch.setattr(desk.background, "newest", lambda: Examination(time.time(), results))
    client = enter("administrator")
    page = text_of(client.get("/admin/status/"))
    assert "✕ fault · Database" in page
    assert "The database refuses the login of im66." in page
    assert "Put the right user and password into DATABASE_URL." in page
    assert "! warning" in page
    assert "✓ Redis" in page
    live = text_of(client.get("/admin/status/live/", headers={"Accept-Language": "zh-CN"}))
    assert "✕ 故障 · 数据库" in live
    assert "请在 DATABASE_URL 中填写正确的用户名和密码。" in live


@pytest.mark.django_db
def test_status_page_does_not_wait_for_the_first_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.background, "newest", lambda: None)
    assert "Checking." in text_of(enter("superuser").get("/admin/status/"))


def test_doctor_checks_run_in_background_and_never_concurrently(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended, runs = threading.Event(), threading.Event(), []

    def examine() -> list[Result]:
        runs.append(time.time())
        begun.set()
        ended.wait(20)
        return [Result(DISK, [])]

    monkeypatch.setattr(examining, "examine", examine)
    checks = Background()
    assert checks.newest() is None
    assert begun.wait(20)
    assert checks.newest() is None
    ended.set()
    checks.wait_until_idle(20)
    newest = checks.newest()
    assert newest is not None
    assert newest.results == [Result(DISK, [])]
    assert len(runs) == 1
    monkeypatch.setattr(desk, "MAX_AGE_SECONDS", 0.0)
    assert checks.newest() == newest
    checks.wait_until_idle(20)
    assert len(runs) == 2
