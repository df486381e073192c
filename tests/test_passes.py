"""Passes and messages: rows that agree with the events, with each other, and with what segments say."""

import csv
import gzip
import io
import json
from collections import Counter, defaultdict

import pyarrow.parquet as pq
import pytest

from product import AS_OF, DEMO, Service, count, load, members, wayfare
from rows import read_ndjson_gz, write_ndjson
from small import happened, known, make

IN_A_JOURNEY = {"any": [{"event": name} for name in ("journey_enter", "journey_exit", "journey_product_action")]}
LATER = "2030-01-01T00:00:00Z"


def export(kind, data, output, *more, as_of=AS_OF, stdin=None, code=0):
    """Runs `export passes` or `export messages`; gives what it said."""
    arguments = ["--as-of", as_of, "--output", output, *more, "--json"]
    return wayfare("export", kind, "--data", data, *arguments, stdin=stdin).expect(code)


def rows(folder):
    """The rows of an NDJSON export, which is verified first."""
    wayfare("verify", folder).expect()
    return [json.loads(line) for path in sorted(folder.glob("part-*")) for line in path.read_text().splitlines()]


def exported(kind, data, output, *more, **given):
    """The rows of an export and what it warned of."""
    manifest = export(kind, data, output, "--format", "ndjson", *more, **given).json
    found = rows(output)
    assert manifest["rows"] == len(found) and manifest["kind"] == kind
    return found, manifest["warnings"]


def agree(data, passes, messages, as_of):
    """Holds rows against segments: who was in a journey, and who is active in each."""
    assert len({row["profile_id"] for row in passes}) == count(data, IN_A_JOURNEY, as_of)["count"]
    active = defaultdict(set)
    for row in passes:
        active[row["journey_id"]].add(row["profile_id"]) if row["state"] == "active" else active[row["journey_id"]]
    for journey, people in active.items():
        meant = members(data, {"journey": {"id": journey, "state": "active"}}, as_of=as_of)
        assert sorted(people) == meant, journey
    # A message is in one pass, under the same id, and the pass tells the same of it.
    told = {(row["pass_id"], each["message_id"]): each for row in passes for each in row["messages"]}
    assert len(told) == len(messages) == sum(len(row["messages"]) for row in passes)
    for row in messages:
        each = told[row["pass_id"], row["message_id"]]
        assert [action["action"] for action in row["actions"]] == each["actions"]
        assert each["outcome"] == row["outcome"] == each["actions"][-1] and len(each["actions"]) == row["actions_count"]
    sent = Counter(row["pass_id"] for row in messages if row["sent_at"])
    assert {row["pass_id"]: row["messages_sent"] for row in passes} == {row["pass_id"]: sent[row["pass_id"]] for row in passes}


def test_the_bundled_data(demo_copy, tmp_path):
    events = list(read_ndjson_gz(DEMO / "events.ndjson.gz"))
    of = {name: [row for row in events if row["event"] == name] for name in {row["event"] for row in events}}
    passes, warnings = exported("passes", demo_copy, tmp_path / "passes", "--attributes", "user_id,age")
    messages, _ = exported("messages", demo_copy, tmp_path / "messages")
    assert warnings == []
    ids = lambda column: sorted(row[column] for row in passes if row[column])
    assert ids("enter_event_id") == sorted(row["event_id"] for row in of["journey_enter"])
    assert ids("exit_event_id") == sorted(row["event_id"] for row in of["journey_exit"])
    actions = Counter(action["event_id"] for row in messages for action in row["actions"])
    assert actions == Counter(row["event_id"] for row in of["journey_product_action"])
    agree(demo_copy, passes, messages, AS_OF)
    assert {row["state"] for row in passes} <= {"active", "completed"}
    # By profile, then by time.
    begun = lambda row: (row["profile_id"], row["entered_at"] or "")
    assert [begun(row) for row in passes if row["entered_at"]] == sorted(begun(row) for row in passes if row["entered_at"])
    # Each send begins a message; what was viewed was sent.
    sends = [row for row in of["journey_product_action"] if row["params"]["action_code"] == 1]
    assert len([row for row in messages if row["sent_at"]]) == len(sends)
    by_user = {row["user_id"]: row["attributes"].get("age") for row in read_ndjson_gz(DEMO / "profiles.ndjson.gz")}
    assert all(row["age"] == by_user[row["user_id"]] for row in passes)
    entered = {row["event_id"]: row for row in of["journey_enter"]}
    for row in passes:
        if row["enter_event_id"]:
            event = entered[row["enter_event_id"]]
            assert (row["user_id"], row["entered_at"]) == (event["user_id"], event["timestamp"])
            assert (row["journey_id"], row["enter_reason"]) == (event["params"]["journey_id"], event["params"]["enter_reason"])
            assert row["pass_id"] == f"pass_{row['enter_event_id']}"


@pytest.mark.parametrize("kind", ["passes", "messages"])
def test_every_format_says_the_same(demo_copy, tmp_path, kind):
    asked = ["--journey", 1004, "--journey", 1001, "--from", "2026-09-01T00:00:00Z", "--to", "2026-09-01T20:00:00Z"]
    expected, _ = exported(kind, demo_copy, tmp_path / "ndjson", *asked, "--max-rows", 1000)
    assert {row["journey_id"] for row in expected} == {1001, 1004}
    begun = "entered_at" if kind == "passes" else "sent_at"
    assert all("2026-09-01T00:00:00Z" <= row[begun] < "2026-09-01T20:00:00Z" for row in expected if row[begun])
    nested = ["path", "messages"] if kind == "passes" else ["actions"]
    export(kind, demo_copy, tmp_path / "csv", *asked, "--compression", "gzip")
    export(kind, demo_copy, tmp_path / "parquet", *asked, "--format", "parquet")
    for folder in ("csv", "parquet"):
        wayfare("verify", tmp_path / folder).expect()
    table = pq.read_table(tmp_path / "parquet" / "part-00001.parquet").to_pylist()
    assert [row["profile_id"] for row in table] == [row["profile_id"] for row in expected]
    assert [[json.loads(row[name]) for name in nested] for row in table] == [[row[name] for name in nested] for row in expected]
    text = gzip.decompress((tmp_path / "csv" / "part-00001.csv.gz").read_bytes()).decode()
    told = list(csv.DictReader(io.StringIO(text)))
    assert [list(row) for row in told] == [list(expected[0])] * len(expected)
    for row, other in zip(told, expected):
        for name, value in other.items():
            if name in nested:
                assert json.loads(row[name]) == value
            else:
                assert row[name] == ("" if value is None else str(value)), name
    # Twice the same bytes.
    export(kind, demo_copy, tmp_path / "again", *asked, "--compression", "gzip")
    assert {p.name: p.read_bytes() for p in (tmp_path / "csv").iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()
    }


@pytest.fixture
def odd(tmp_path):
    """Everything that does not come as one would wish, in a random-looking order, half of it flushed."""
    day = lambda number, hour=0: f"2026-08-{number:02}T{hour:02}:00:00Z"
    enter = lambda user, when, **params: happened(user, "journey_enter", when, journey_id=1, **params)
    leave = lambda user, when, **params: happened(user, "journey_exit", when, journey_id=1, **params)
    act = lambda user, when, code, **params: happened(
        user, "journey_product_action", when, journey_id=1, action_code=code, **params
    )
    late = [
        # ana's exit and her messages come before her entry, a click days after the exit.
        leave("ana", day(3), pass_id="A", exit_reason="goal", element_code="end", element_name="End"),
        act("ana", day(9), 2, pass_id="A", message_id="M", channel_code="EM"),
        act("ana", day(2), 1, pass_id="A", message_id="M", channel_code="EM", element_code="mail", variant_id="B"),
        enter("ana", day(1), pass_id="A", element_code="start", enter_reason="signup"),
        # bo has no ids: entered twice, sent twice, left once.
        act("bo", day(2, 1), 4, channel_code="SMS", campaign_id=5),
        enter("bo", day(1)),
        act("bo", day(1, 1), 1, channel_code="SMS", campaign_id=5),
        act("bo", day(4, 1), 1, channel_code="SMS", campaign_id=5),
        enter("bo", day(4)),
        leave("bo", day(5), exit_reason="timeout"),
        act("bo", day(6), 4, channel_code="SMS", campaign_id=5),
        # cy is seen only leaving, dee only with a message, eve only in a dry run, fay only in the future.
        leave("cy", day(7)),
        act("dee", day(7), 18, channel_code="EM", reason="too many"),
        enter("eve", day(7), is_dry_run=True),
        act("eve", day(8), 1, is_dry_run=True, channel_code="EM"),
        enter("fay", "2029-01-01T00:00:00Z", pass_id="F"),
        # gil's pass is entered twice under one id; hal's unknown event is none of ours.
        enter("gil", day(7), pass_id="G"),
        enter("gil", day(8), pass_id="G"),
        happened("hal", "journey_paused", day(7), journey_id=1),
    ]
    nobody = {"event_id": "nobody", "identifiers": {"email": "ida@x.example"}, "event": "journey_enter"}
    late.append(nobody | {"timestamp": day(7), "params": {"journey_id": 1, "pass_id": "I"}})
    repeated = [late[3] | {"timestamp": day(20)}, late[0]]
    people = [known(user, group=user[0]) for user in ("ana", "bo", "cy", "dee", "eve", "fay", "gil", "hal")]
    return make(tmp_path, people, late + repeated)


def test_what_comes_late_twice_or_without_its_like(odd, tmp_path):
    passes, warnings = exported("passes", odd, tmp_path / "passes", "--attributes", "user_id", as_of="2026-09-01T00:00:00Z")
    messages, message_warnings = exported("messages", odd, tmp_path / "messages", as_of="2026-09-01T00:00:00Z")
    assert warnings == [
        "2 dry-run events were left out",
        "1 event at or after 2026-09-01T00:00:00Z is in, but states are told as of then",
        "1 entry has the pass_id of another and no row of its own",
    ]
    assert message_warnings == ["2 dry-run events were left out"]
    short = [
        (row["user_id"], row["pass_id"][:5], row["entered_at"], row["exited_at"], row["state"], len(row["messages"]))
        for row in passes
    ]
    at = lambda day: f"2026-08-{day:02}T00:00:00Z"
    assert short == [
        ("ana", "A", at(1), at(3), "completed", 1),
        ("bo", "pass_", at(1), None, "exited", 1),
        ("bo", "pass_", at(4), at(5), "exited", 1),
        ("cy", "pass_", None, at(7), "exited", 0),
        ("dee", "pass_", None, None, None, 1),
        ("fay", "F", "2029-01-01T00:00:00Z", None, None, 0),
        ("gil", "G", at(7), None, "active", 0),
        (None, "I", at(7), None, "active", 0),
    ]
    ana = passes[0]
    assert [(step["element_code"], step["dwell_seconds"]) for step in ana["path"]] == [
        ("start", 86400),
        ("mail", 86400),
        ("end", 0),
    ]
    assert ana["messages"][0] == {
        "message_id": "M",
        "channel_code": "EM",
        "campaign_id": None,
        "element_code": "mail",
        "outcome": "CLICK",
        "actions": ["SEND", "CLICK"],
    }
    assert (ana["last_element_code"], ana["last_element_name"], ana["duration_seconds"]) == ("end", "End", 172800)
    assert [[action["action"] for action in row["actions"]] for row in messages] == [
        ["SEND", "CLICK"],
        ["SEND", "VIEW"],
        ["SEND", "VIEW"],
        ["CAPPED"],
    ]
    assert [row["first_viewed_at"] for row in messages][1:3] == ["2026-08-02T01:00:00Z", "2026-08-06T00:00:00Z"]
    assert messages[3]["reason"] == "too many" and messages[3]["sent_at"] is None
    # Told as of a time after all of it, segments and rows mean the same people.
    passes, _ = exported("passes", odd, tmp_path / "later", as_of=LATER)
    agree(odd, passes, messages, LATER)


def test_dry_runs_where_asked_for(odd, tmp_path):
    without, _ = exported("passes", odd, tmp_path / "without")
    passes, warnings = exported("passes", odd, tmp_path / "with", "--dry-runs", "--attributes", "user_id")
    assert not any("dry-run" in warning for warning in warnings)
    dry = [row for row in passes if row["is_dry_run"]]
    assert [(row["user_id"], row["messages_sent"]) for row in dry] == [("eve", 1)]
    assert len(passes) == len(without) + 1 and "is_dry_run" not in without[0]


def test_who_is_meant(odd, tmp_path):
    definition = json.dumps({"attribute": "group", "operator": "in", "values": ["b", "c"]})
    passes, _ = exported("passes", odd, tmp_path / "out", "--definition", "-", "--attributes", "*", stdin=definition)
    assert [row["group"] for row in passes] == ["b", "b", "c"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["filter"]["conditions"] == 1 and manifest["as_of"] == AS_OF
    assert [column["type"] for column in manifest["schema"] if column["name"] in ("path", "messages")] == ["json", "json"]


def test_what_is_refused(odd, tmp_path):
    out = tmp_path / "out"
    assert "--from" in wayfare("export", "passes", "--data", odd, "--output", out, "--from", "yesterday").expect(2).err
    assert "attributes[0]" in export("messages", odd, out, "--attributes", "nonesuch", code=2).out
    wayfare("export", "passes", "--data", odd, "--output", out, "--journey", "one").expect(2)
    assert not out.exists()
    _, warnings = exported("passes", odd, out, "--journey", 99)
    assert warnings == ["nothing of journey 99 is among these people"]


def test_over_http(odd, tmp_path):
    expected, _ = exported("messages", odd, tmp_path / "out")
    with Service(odd) as service:
        body = {"kind": "messages", "format": "ndjson", "as_of": AS_OF, "journeys": {"ids": [1], "dry_runs": False}}
        job = service.finished_export(service.post("/api/v1/exports", body).expect(202).json["id"])
        assert (job["status"], job["kind"], job["rows"]) == ("complete", "messages", len(expected))
        assert job["warnings"] == ["2 dry-run events were left out"]
        for journeys, path in [({"ids": []}, "journeys.ids"), ({"start_date": "soon"}, "journeys.start_date")]:
            problem = service.post("/api/v1/exports", body | {"journeys": journeys}).expect(422).json
            assert problem["path"] == path
        refused = body | {"kind": "profiles"}
        assert service.post("/api/v1/exports", refused).expect(422).json["path"] == "journeys"
