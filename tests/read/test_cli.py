"""`sosik read` as a program."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from tests.read.pages import PAGES

SEEDS = Path(__file__).parent.parent.parent / "seeds"


def sosik(*arguments: str, feed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler", "read", *arguments]
    return subprocess.run(command, input=feed, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_the_seeds_are_read_for_a_person() -> None:
    done = sosik(*map(str, sorted(SEEDS.glob("*.txt"))))
    assert done.returncode == 0
    assert "화웨이·텐센트 \"내 안에 딥시크 있다\"... 중국, AI 자립 생태계 속도" in done.stdout
    assert "매체: 서울경제" in done.stdout
    assert "출처: 한국일보" in done.stdout
    assert "변수연 기자" in done.stdout
    for furniture in ("무단전재", "번호 제목 글쓴이", "글자크기", "뉴진스", "diver@sedaily.com", "메뉴 건너뛰기"):
        assert furniture not in done.stdout


def test_a_saved_page_is_read_as_json_with_its_rules() -> None:
    done = sosik("--json", "--explain", "--url", "https://v.daum.net/v/20260403121530001", str(PAGES / "daum_2026.html.gz"))
    answer = json.loads(done.stdout)
    assert (answer["status"], answer["origin"], answer["family"]) == ("article", "서울경제", "daum")
    assert {rule["field"] for rule in answer["rules"]} >= {"text", "title", "published", "press"}
    assert all(cut["rule"] for cut in answer["cuts"])


def test_a_refused_page_says_why_and_leaves_with_one() -> None:
    done = sosik(str(PAGES / "wall_challenge.html.gz"))
    assert done.returncode == 1
    assert "captcha" in sosik("--json", str(PAGES / "wall_challenge.html.gz")).stdout


def test_every_line_gets_an_answer_whatever_it_is(tmp_path: Path) -> None:
    broken = tmp_path / "broken.html.gz"
    broken.write_bytes(gzip.compress("<p>글</p>".encode())[:-4])
    lines = [
        json.dumps({"id": "a", "url": "https://a.kr/1", "content_type": "text/html", "path": str(PAGES / "mk_2025.html.gz")}),
        "not json", "[1, 2]", "", json.dumps({"id": "b", "path": str(tmp_path / "none.html")}), json.dumps({"id": "c"}),
        json.dumps({"id": "d", "path": str(broken)}), json.dumps({"id": "e", "path": str(tmp_path)}),
        json.dumps({"id": "f", "url": 7, "content_type": None, "path": str(SEEDS / "002_7a897dac74d8a9a8.txt")}),
    ]
    done = sosik("--jsonl", feed="\n".join(lines) + "\n")
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["id"] for a in answers] == ["a", None, None, "b", "c", "d", "e", "f"]
    assert [a["status"] for a in answers] == ["article", *["error"] * 6, "article"], "the last is a text dump by its name"
    assert answers[1]["error"].startswith("line 2: is not JSON: ")


def test_a_file_that_is_not_there_is_one_clear_line() -> None:
    done = sosik("no-such-page.html")
    assert done.returncode == 2
    assert done.stderr.startswith("sosik: no-such-page.html: ")
    assert "Traceback" not in done.stderr


def test_a_page_is_mended_by_a_file_of_the_user_s(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    text = "".join(f"<p>가람시는 {i}월부터 새 버스를 들여온다고 밝혔다.</p>" for i in range(1, 5))
    page.write_text(
        f"<html><body><h1>가람시, 새 버스 들인다</h1><div class='x1'>{text}<div class='x2'><p>우리 동네 소식을 더 전한다.</p>"
        "</div></div></body></html>", encoding="utf-8")
    own = tmp_path / "mine.toml"
    own.write_text('[[family]]\nname = "가람"\nhosts = ["garam.kr"]\n[[family.version]]\nrecorded = "2026"\nbody = [".x1"]\n'
                   'remove = [".x2"]\n', encoding="utf-8")
    url = "https://www.garam.kr/news/12345"
    plain = json.loads(sosik("--json", "--url", url, str(page)).stdout)
    mended = json.loads(sosik("--json", "--url", url, "--families", str(own), str(page)).stdout)
    assert "우리 동네 소식" in plain["text"]
    assert "우리 동네 소식" not in mended["text"]
    assert mended["family"] == "가람"


DEFECT = (
    "import sys, pipelines.read.page as page\n"
    "def body_of(*_): raise KeyError('a defect')\n"
    "page.body_of = body_of\n"
    "sys.argv[0] = 'sosik'\n"
    "from crawler.__main__ import main\n"
    "main()\n"
)


def with_defect(*arguments: str, feed: str = "") -> subprocess.CompletedProcess[str]:
    """sosik with a reader that fails on every page."""
    command = [sys.executable, "-c", DEFECT, "read", *arguments]
    return subprocess.run(command, input=feed, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def test_a_defect_of_sosik_is_told_in_one_line_and_refuses_nothing() -> None:
    done = with_defect(str(PAGES / "mk_2025.html.gz"))
    assert done.returncode == 1
    assert "KeyError" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    line = json.dumps({"id": "a", "url": "https://a.kr/1", "content_type": "text/html", "path": str(PAGES / "mk_2025.html.gz")})
    answered = with_defect("--jsonl", feed=f"{line}\n{line}\n")
    answers = [json.loads(each) for each in answered.stdout.splitlines()]
    assert [(a["id"], a["status"], "KeyError" in a["error"]) for a in answers] == [("a", "error", True)] * 2
