"""Incremental exports: a chain of them has everything that came in, once, however late, whatever is killed meanwhile."""

import csv
import json
import random
import shutil
import threading

import pytest

from product import Service, wayfare
from rows import EVENTS, some_event, some_profile, write_ndjson
from test_export_crash import ask

USERS = 60
WANTED = {
    "journey_enter": ["journey_id", "enter_reason"],
    "journey_exit": ["journey_id", "exit_reason"],
    "journey_product_action": ["journey_id", "campaign_id", "channel_code", "action_code"],
    "purchase": ["amount", "currency"],
}


def body(since=None, **more):
    """All events with their parameters, from a position on or behind an export."""
    events = {"wanted": [{"event_name": name, "params": params} for name, params in WANTED.items()], "dry_runs": True}
    asked = {"kind": "events", "format": "csv", "events": events} | more
    if since is not None:
        asked["positions"] = {"after": since} if isinstance(since, str) else {"from": since}
    return asked


def rows_of(folder):
    """The rows of an export's CSV parts."""
    rows = []
    for part in sorted(folder.glob("part-*.csv")):
        with part.open(newline="", encoding="utf-8") as lines:
            rows += csv.DictReader(lines)
    return rows


def same(rows):
    """Rows as a set that does not ask which profile they are of, which may change."""
    return sorted(tuple(sorted((k, v) for k, v in row.items() if k != "profile_id")) for row in rows)


@pytest.fixture
def first_data(tmp_path, draw):
    """A small store with every event in it, so that each is known."""
    profiles = write_ndjson(tmp_path / "profiles.ndjson", [some_profile(draw, USERS) for _ in range(80)])
    events, seen = [], set()
    while len(events) < 300 or seen != set(EVENTS):
        events.append(some_event(draw, USERS, f"first-{len(events)}"))
        seen.add(events[-1]["event"])
    events = write_ndjson(tmp_path / "events.ndjson", events)
    wayfare("import", "--data", tmp_path / "data", "--profiles", profiles, "--events", events).expect()
    return tmp_path / "data"


class Writer(threading.Thread):
    """Sends events and states of profiles for as long as it is let; a request that broke off is sent again."""

    def __init__(self, service, seed):
        super().__init__(daemon=True)
        self.service, self.draw, self.number, self.stopped = service, random.Random(seed), 0, threading.Event()
        self.may_go = threading.Event()
        self.may_go.set()
        self.failure = None

    def run(self):
        try:
            while not self.stopped.is_set():
                self.may_go.wait(5)
                batch = [some_event(self.draw, USERS, f"live-{self.number + n}") for n in range(self.draw.randrange(1, 30))]
                self.number += len(batch)
                # What happened long ago comes late; identities come to be known, and to be others'.
                self.send("/api/v1/events", batch)
                if self.draw.random() < 0.5:
                    states = [some_profile(self.draw, USERS + 20) for _ in range(3)]
                    self.send("/api/v1/profiles", states)
        except Exception as failure:
            self.failure = failure

    def send(self, path, batch):
        """Until it is acknowledged."""
        while not self.stopped.is_set():
            try:
                self.service().post(path, batch).expect()
                return
            except (OSError, Exception) as failure:
                if isinstance(failure, AssertionError):
                    raise
                self.stopped.wait(0.05)


def test_a_chain_of_fifty_is_everything_once(first_data, tmp_path, draw, seed):
    services = [Service(first_data)]
    writer = Writer(lambda: services[-1], seed)
    writer.start()
    folders = []
    try:
        last = 0
        for link in range(50):
            killed = link % 7 == 3
            id = ask(services[-1], body(last, max_rows=draw.randrange(20, 400)))
            if killed:
                # Wherever it stands, after the next start it goes on.
                draw.random() < 0.5 and services[-1].finished_export(id)
                services[-1].kill()
                services.append(Service(first_data))
            job = services[-1].finished_export(id)
            assert job["status"] == "complete", job
            folder = tmp_path / "chain" / f"{link:02}"
            shutil.copytree(first_data / "exports" / id, folder)
            folders.append(folder)
            last = id
        writer.stopped.set()
        writer.join(60)
        assert writer.failure is None, writer.failure
        # What came in behind the last link, and everything at once.
        id = ask(services[-1], body(last))
        assert services[-1].finished_export(id)["status"] == "complete"
        folders.append(shutil.copytree(first_data / "exports" / id, tmp_path / "chain" / "50"))
        whole = ask(services[-1], body(0))
        assert services[-1].finished_export(whole)["status"] == "complete"
        whole = first_data / "exports" / whole
        chained = [row for folder in folders for row in rows_of(folder)]
        assert len(chained) > 500 and same(chained) == same(rows_of(whole))
        assert all(row["source_user_id"] for row in chained)
        verified = wayfare("verify", *folders, "--json").expect().json
        chain = verified["chain"]
        end = json.loads((whole / "manifest.json").read_text())["position_to"]
        # Links differ in `max_rows`, which is no part of what is asked for.
        assert (chain["position_from"], chain["position_to"], chain["problems"]) == (0, end, [])
        missing = wayfare("verify", *folders[:20], *folders[21:], "--json").expect(1).json["chain"]["problems"]
        assert len(missing) == 1 and "in neither of" in missing[0]["message"]
    finally:
        writer.stopped.set()
        services[-1].kill()


def export(data, output, *arguments):
    """One export on the command line; gives its manifest."""
    return wayfare("export", *arguments, "--data", data, "--output", output, "--json").expect().json


def test_states_of_profiles_that_changed(first_data, tmp_path, draw):
    first = export(first_data, tmp_path / "0", "profiles", "--attributes", "*", "--since", "0")
    # The second state of u5 is the first one again, which is nothing new.
    changed = write_ndjson(tmp_path / "changed.ndjson", [{"user_id": f"u{n}", "attributes": {"age": 1_000 + n}} for n in [3, 5, 5, 90]])
    wayfare("import", "--data", first_data, "--profiles", changed).expect()
    second = export(first_data, tmp_path / "1", "profiles", "--attributes", "*", "--since", tmp_path / "0")
    assert (second["position_from"], second["position_to"]) == (first["position_to"], first["position_to"] + 3)
    rows = {row["user_id"]: row for row in rows_of(tmp_path / "1")}
    assert {user: row["age"] for user, row in rows.items()} == {"u3": "1003", "u5": "1005", "u90": "1090"}
    nothing = export(first_data, tmp_path / "2", "profiles", "--attributes", "*", "--since", tmp_path / "1" / "manifest.json")
    assert nothing["rows"] == 0
    assert wayfare("verify", tmp_path / "2", tmp_path / "0", tmp_path / "1", "--json").expect().json["chain"]["problems"] == []
    # The newest of each profile in the chain is what a whole export has.
    whole = export(first_data, tmp_path / "whole", "profiles", "--attributes", "*")
    newest = {}
    for folder in ["0", "1", "2"]:
        newest |= {row["profile_id"]: {k: v for k, v in row.items() if k != "position"} for row in rows_of(tmp_path / folder)}
    assert whole["rows"] == len(newest) and newest == {row["profile_id"]: row for row in rows_of(tmp_path / "whole")}


@pytest.mark.parametrize("kind, key", [("passes", "pass_id"), ("messages", "message_id")])
def test_passes_and_messages_that_changed(first_data, tmp_path, draw, kind, key):
    manifest = export(first_data, tmp_path / "0", kind, "--since", "0")
    for link in range(1, 6):
        events = [some_event(draw, USERS, f"more-{link}-{n}") for n in range(25)]
        wayfare("import", "--data", first_data, "--events", write_ndjson(tmp_path / f"{link}.ndjson", events)).expect()
        manifest = export(first_data, tmp_path / str(link), kind, "--since", tmp_path / str(link - 1))
    folders = [tmp_path / str(link) for link in range(6)]
    assert wayfare("verify", *folders, "--json").expect().json["chain"]["problems"] == []
    last = max(len(rows_of(folder)) for folder in folders[1:])
    assert 0 < last < len(rows_of(folders[0]))
    # Rows of a chain replace those of the same person and journey, as they are all in.
    state = {}
    for folder in folders:
        rows = rows_of(folder)
        touched = {(row["profile_id"], row["journey_id"]) for row in rows}
        state = {at: row for at, row in state.items() if (row["profile_id"], row["journey_id"]) not in touched}
        state |= {(row["profile_id"], row["journey_id"], row[key]): row for row in rows}
    # States of a window see every event; so does a whole export at the end of time.
    export(first_data, tmp_path / "whole", kind, "--as-of", "2100-01-01T00:00:00Z")
    plain = lambda rows: sorted(tuple(sorted((k, v) for k, v in row.items() if k != "position")) for row in rows)
    assert plain(state.values()) == plain(rows_of(tmp_path / "whole"))
    assert manifest["position_to"] > manifest["position_from"]


def test_states_of_passes_see_what_is_dated_ahead(first_data, tmp_path):
    """An exit that comes in between two windows and is dated in the future, or after the instant a window is as of."""
    begins = ["2026-08-02T08:00:00Z", "2026-08-02T09:00:00Z"]

    def happens(name, *events):
        rows = [
            {"event_id": f"{name}-{user}", "user_id": user, "event": event, "timestamp": at, "params": {"journey_id": 77} | params}
            for user, event, at, params in events
        ]
        wayfare("import", "--data", first_data, "--events", write_ndjson(tmp_path / f"{name}.ndjson", rows)).expect()

    def passes(output, *arguments):
        manifest = export(first_data, tmp_path / output, "passes", "--journey", "77", "--attributes", "user_id", *arguments)
        assert not any("states are told as of then" in warning for warning in manifest["warnings"]), manifest["warnings"]
        return {row["user_id"]: row for row in rows_of(tmp_path / output)}

    happens("enter", *[(user, "journey_enter", at, {}) for user, at in zip(["u1", "u2"], begins)], ("u3", "journey_enter", begins[0], {}))
    # As of an instant before anybody entered: in a window that says nothing of states.
    links = [passes("0", "--since", "0", "--as-of", "2026-08-01T00:00:00Z")]
    assert {user: row["state"] for user, row in links[0].items()} == {"u1": "active", "u2": "active", "u3": "active"}
    left = {"exit_reason": "goal_reached"}
    happens("leave", ("u1", "journey_exit", "2099-01-01T00:00:00Z", left), ("u2", "journey_exit", "2026-08-03T00:00:00Z", left))
    links.append(passes("1", "--since", tmp_path / "0", "--as-of", "2026-08-02T12:00:00Z"))
    assert {user: row["state"] for user, row in links[1].items()} == {"u1": "completed", "u2": "completed"}
    # When these instants have come, there is nothing to add.
    links.append(passes("2", "--since", tmp_path / "1", "--as-of", "2100-01-01T00:00:00Z"))
    assert links[2] == {}
    assert wayfare("verify", *[tmp_path / str(link) for link in range(3)], "--json").expect().json["chain"]["problems"] == []
    newest = {user: {k: v for k, v in row.items() if k != "position"} for link in links for user, row in link.items()}
    assert newest == passes("whole", "--as-of", "2100-01-01T00:00:00Z")


def test_what_is_refused(first_data, tmp_path):
    def refused(*arguments):
        run = wayfare("export", *arguments, "--data", first_data, "--output", tmp_path / "out").expect(2)
        assert not (tmp_path / "out").exists()
        return run.err

    everyone = write_ndjson(tmp_path / "everyone.json", [{"all": []}])
    assert "exported whole" in refused("profiles", "--since", "0", "--definition", everyone)
    assert "lies ahead" in refused("profiles", "--since", "999999")
    assert "--since" in refused("profiles", "--since", tmp_path / "nowhere")
    for number in ("-5", "99999999999999999999999"):
        assert f"a whole number from 0 on), the directory of a complete export, or the id of an export at a server; {number} is" in refused("profiles", "--since", number)
    assert "before" in refused("profiles", "--since", "100", "--until", "99")
    assert "xlsx" in refused("profiles", "--since", "0", "--format", "xlsx")
    assert "position" in refused("profiles", "--since", "0", "--columns", "profile_id")
    assert "asked" in refused("profiles", "--since", "exp_1")


def test_a_row_that_is_not_of_its_window_is_told(first_data, tmp_path):
    export(first_data, tmp_path / "0", "profiles", "--since", "0", "--until", "40")
    middle = export(first_data, tmp_path / "1", "profiles", "--since", "40")
    folder = tmp_path / "1"
    forged = json.loads((folder / "manifest.json").read_text())
    forged["position_from"] = 60
    (folder / "manifest.json").write_text(json.dumps(forged))
    told = wayfare("verify", tmp_path / "0", folder, "--json").expect(1).json
    assert "not in the window" in told["exports"][1]["problems"][0]["message"]
    assert "in neither of" in told["chain"]["problems"][0]["message"]
    forged["position_from"] = middle["position_from"]
    (folder / "manifest.json").write_text(json.dumps(forged))
    assert wayfare("verify", tmp_path / "0", folder).expect()


@pytest.mark.parametrize("kind", ["profiles", "passes", "messages"])
def test_a_window_that_ends_between_two_flushes_is_made_again(first_data, tmp_path, draw, kind):
    """The data that were read reach further than the window, which the manifest says."""
    whole = export(first_data, tmp_path / "0", kind, "--since", "0")
    assert "data_position" not in whole
    end = whole["position_to"]
    made = export(first_data, tmp_path / "1", kind, "--since", "0", "--until", end - 37)
    assert (made["position_to"], made["data_position"]) == (end - 37, end)
    events = [some_event(draw, USERS, f"more-{n}") for n in range(25)]
    wayfare("import", "--data", first_data, "--events", write_ndjson(tmp_path / "more.ndjson", events)).expect()
    export(first_data, tmp_path / "2", kind, "--since", "0")
    told = wayfare("verify", "--against", first_data, tmp_path / "0", "--json").expect().json["against"]
    told += wayfare("verify", "--against", first_data, tmp_path / "1", "--json").expect().json["against"]
    assert [(made["position"], made["problems"]) for made in told] == [(end, []), (end, [])]


def test_windows_that_all_begin_at_0_are_no_chain(first_data, tmp_path):
    for folder in ["0", "1"]:
        export(first_data, tmp_path / folder, "profiles", "--since", "0")
    told = wayfare("verify", tmp_path / "0", tmp_path / "1", "--json").expect(1).json
    assert "are in both of" in told["chain"]["problems"][0]["message"]
    # Whole exports have nothing to do with each other.
    for folder in ["2", "3"]:
        export(first_data, tmp_path / folder, "profiles")
    assert "chain" not in wayfare("verify", tmp_path / "2", tmp_path / "3", "--json").expect().json


def test_the_service_goes_on_behind_an_export(demo_copy):
    with Service(demo_copy) as service:
        asked = {"kind": "events", "format": "ndjson", "events": {"wanted": [{"event_name": "purchase", "params": ["amount"]}]}}
        first = ask(service, asked | {"positions": {"from": 0}})
        job = service.finished_export(first)
        sent = {"event_id": "new-1", "user_id": "u1", "event": "purchase", "timestamp": "2020-01-01T00:00:00Z", "params": {"amount": 5}}
        service.post("/api/v1/events", [sent]).expect()
        second = service.finished_export(ask(service, asked | {"positions": {"after": first}}))
        assert job["rows"] > 1 and second["rows"] == 1, second
        looked = service.post("/api/v1/exports/preview", asked | {"positions": {"after": first}}).expect().json
        assert looked["rows"] == 1 and "new-1" in json.dumps(looked["sample"])
        told = service.post("/api/v1/exports", asked | {"positions": {"after": "exp_nowhere"}}).expect(422).json
        assert "exp_nowhere" in json.dumps(told), told
        for other in ({"events": {"wanted": [{"event_name": "journey_enter"}]}}, {"kind": "profiles", "events": None}):
            other = {name: value for name, value in (asked | other).items() if value is not None}
            told = service.post("/api/v1/exports", other | {"positions": {"after": first}}).expect(422).json
            assert "asks for something else" in json.dumps(told), told
        both = {"positions": {"after": first, "from": 1}}
        assert "ends at position" in json.dumps(service.post("/api/v1/exports", asked | both).expect(422).json)
