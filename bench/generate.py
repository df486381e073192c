#!/usr/bin/env python3
"""Makes traffic as skewed as real one: seeded, streamed in chunks, straight to Parquet or NDJSON.

    bench/generate.py --profiles 1000000 --events 10000000 --seed 1 --format parquet --out DIR

60 % of the events are messages of 40 journeys with 4 campaigns each, 8 % entries, 7.6 % exits with reasons, 4 %
purchases, the rest page views, over the 180 days before 2026-09-01T00:00:00Z. A journey's messages and its exit
belong to people who entered it, an exit carries the `pass_id` of its entry; purchases and page views belong mostly to a
few heavy users. Event `n` depends only on the seed and `n`, so the same arguments give the same rows whatever the format
and the size of a chunk.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

END = 1_788_220_800  # 2026-09-01T00:00:00Z
DAYS = 180
JOURNEYS = 40
CAMPAIGNS = 4
CHUNK = 250_000
# Part of the name of the folder where generated files are kept: another number whenever the rows change.
VERSION = 3

# Of 250 events in a row: what each kind takes.
KINDS = {"journey_product_action": 150, "journey_enter": 20, "journey_exit": 19, "purchase": 10, "page_view": 51}
CHANNELS = ["EM", "APP", "WP", "SMS", "WAB", "IA"]
# A message is sent, then seen or not, clicked or not; now and then something else happened.
ACTIONS = np.array([1, 1, 1, 1, 1, 1, 1, 1, 4, 4, 4, 4, 2, 2, 3, 18, 34])
EXIT_REASONS = ["completed", "goal_reached", "timeout", "unsubscribed", "priority_exit"]
ENTER_REASONS = ["segment_entry", "event", "import"]
COUNTRIES = ["TR", "DE", "US", "FR", "GB", "ES", "IT", "NL", "PL", "BR"]
COUNTRY_WEIGHTS = [0.30, 0.15, 0.15, 0.08, 0.08, 0.06, 0.06, 0.05, 0.04, 0.03]
CITIES = ["Istanbul", "Ankara", "Berlin", "Hamburg", "New York", "Paris", "London", "Madrid", "Rome", "Utrecht"]
PAGES = ["/", "/search", "/basket", "/checkout", "/account"] + [f"/product/{number}" for number in range(200)]


def mixed(numbers, salt):
    """64 well-mixed bits of each number (splitmix64)."""
    with np.errstate(over="ignore"):
        bits = numbers.astype(np.uint64) + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return bits ^ (bits >> np.uint64(31))


def below(numbers, salt, bound):
    """An even draw below `bound` for each number."""
    return (mixed(numbers, salt) % np.uint64(bound)).astype(np.int64)


def share(numbers, salt):
    """An even draw of [0, 1) for each number."""
    return (mixed(numbers, salt) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def texts(matrix):
    """A matrix of ASCII bytes as strings, a row each."""
    rows, width = matrix.shape
    offsets = pa.py_buffer(np.arange(rows + 1, dtype=np.int32) * np.int32(width))
    return pa.StringArray.from_buffers(rows, offsets, pa.py_buffer(np.ascontiguousarray(matrix)))


def digits(prefix, numbers, width):
    """`u0000042` for 42."""
    matrix = np.empty((len(numbers), len(prefix) + width), dtype=np.uint8)
    matrix[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    rest = numbers.astype(np.int64)
    for column in range(width - 1, -1, -1):
        matrix[:, len(prefix) + column] = 48 + rest % 10
        rest = rest // 10
    return texts(matrix)


def hexadecimal(bits):
    """16 digits of 64 bits."""
    shifts = np.arange(60, -4, -4, dtype=np.uint64)
    nibbles = ((bits[:, None] >> shifts) & np.uint64(15)).astype(np.uint8)
    return texts(np.where(nibbles < 10, nibbles + 48, nibbles + 87).astype(np.uint8))


def chosen(words, indices, absent=None):
    """`words[index]` for each index, null where absent."""
    index = pa.array(indices.astype(np.int32), mask=absent)
    return pa.DictionaryArray.from_arrays(index, pa.array(words)).dictionary_decode()


class Traffic:
    """The rows of one seed and size."""

    def __init__(self, profiles, events, seed):
        self.profiles, self.events, self.seed = profiles, events, seed << 8
        order = [kind for kind, many in enumerate(KINDS.values()) for _ in range(many)]
        self.order = np.random.default_rng(seed).permutation(np.array(order))
        # How many of its own kind stand before each event of a block of 250.
        self.before = np.array([np.count_nonzero(self.order[:at] == kind) for at, kind in enumerate(self.order)])
        self.per_block = np.array(list(KINDS.values()))

    def profile_rows(self, start, stop):
        """A table of profiles."""
        number = np.arange(start, stop)
        s = self.seed
        country = np.searchsorted(np.cumsum(COUNTRY_WEIGHTS), share(number, s + 1)).clip(0, len(COUNTRIES) - 1)
        age = 18 + (share(number, s + 2) ** 1.5 * 62).astype(np.int64)
        user = digits("u", number, 8)
        email = pc.binary_join_element_wise(user, "@example.com", "")
        no = lambda salt, part: share(number, s + salt) < part
        joined = (END // 86_400 - 1 - below(number, s + 3, 1500)).astype("datetime64[D]")
        return pa.table(
            {
                "user_id": user,
                "identifiers.email": pc.if_else(pa.array(no(4, 0.2)), pa.scalar(None, pa.string()), email),
                "attributes.country": chosen(COUNTRIES, country),
                "attributes.city": chosen(CITIES, below(number, s + 5, len(CITIES)), no(6, 0.1)),
                "attributes.gender": chosen(["F", "M", "O"], below(number, s + 7, 41) // 20, no(8, 0.15)),
                "attributes.age": pa.array(age, mask=no(9, 0.1)),
                "attributes.plan": chosen(["free", "premium"], (share(number, s + 10) < 0.18).astype(int)),
                "attributes.language": chosen(["tr", "de", "en", "fr"], below(number, s + 11, 4)),
                "attributes.member_since": pc.cast(pa.array(joined), pa.string()),
                "attributes.email_opt_in": pa.array(share(number, s + 12) < 0.7),
                "attributes.lifetime_value": pa.array(np.round(share(number, s + 13) ** 4 * 5000, 2)),
                "attributes.score": pa.array(below(number, s + 14, 1000)),
                "attributes.device": chosen(["phone", "tablet", "desktop"], below(number, s + 41, 3)),
                "attributes.os": chosen(["iOS", "Android", "Windows", "macOS"], below(number, s + 42, 4)),
                "attributes.browser": chosen(["Chrome", "Safari", "Firefox"], below(number, s + 43, 3), no(44, 0.2)),
                "attributes.source": chosen(["ads", "organic", "referral", "store"], below(number, s + 45, 4)),
                "attributes.store": chosen([f"Store {n}" for n in range(60)], below(number, s + 46, 60), no(47, 0.5)),
                "attributes.points": pa.array(below(number, s + 48, 20_000)),
                "attributes.last_order_value": pa.array(np.round(share(number, s + 49) ** 3 * 300, 2), mask=no(50, 0.3)),
                "attributes.push_opt_in": pa.array(share(number, s + 51) < 0.4),
            }
        )

    def heavy_user(self, number, salt):
        """Most of it by few: the cube of an even draw, spread over all users."""
        rank = (share(number, salt) ** 3 * self.profiles).astype(np.int64)
        return (rank * 7_368_787 + 11) % self.profiles

    def event_rows(self, start, stop):
        """A table of events, in the order in which they arrive."""
        s = self.seed
        number = np.arange(start, stop)
        kind = self.order[number % 250]
        nth = number // 250 * self.per_block[kind] + self.before[number % 250]
        action, enter, leave, purchase, view = (kind == k for k in range(5))
        journeyed = action | enter | leave
        # Which entry into a journey this belongs to: exits trail entries, messages come some seven an entry.
        entry = np.where(action, nth * 2 // 15, np.where(enter, nth, np.maximum(nth - nth // 20, 0)))
        # Popular journeys have several times the entries of the last ones.
        journey = (share(entry, s + 20) ** 1.6 * JOURNEYS).astype(np.int64)
        user = np.where(journeyed, below(entry, s + 21, self.profiles), self.heavy_user(number, s + 22))
        campaign = below(nth, s + 23, CAMPAIGNS)
        channel = (campaign + (journey % 2) * 2) % len(CHANNELS)
        channel = np.where(campaign == 0, 0, channel)
        when = END - DAYS * 86_400 + number * (DAYS * 86_400) // max(self.events, 1)
        # What follows an entry comes hours later; it also arrives later than it happened.
        when = np.minimum(when + (share(number, s + 24) ** 3 * 36_000).astype(np.int64), END - 1)
        micros = when * 1_000_000 + below(number, s + 25, 1000) * 1000
        amount = np.round(2 + share(number, s + 26) ** 3 * 180, 2)
        none = lambda wanted: ~wanted
        return pa.table(
            {
                "event_id": hexadecimal(mixed(number, s + 27)),
                "user_id": digits("u", user, 8),
                "event": chosen(list(KINDS), kind),
                "timestamp": pa.array(micros, pa.timestamp("us", "UTC")),
                "params.journey_id": pa.array(1001 + journey, mask=none(journeyed)),
                "params.journey_name": chosen([f"Journey {n}" for n in range(JOURNEYS)], journey, none(journeyed)),
                "params.campaign_id": pa.array((1001 + journey) * 10 + campaign, mask=none(action)),
                "params.channel_code": chosen(CHANNELS, channel, none(action)),
                "params.action_code": pa.array(ACTIONS[below(number, s + 28, len(ACTIONS))], mask=none(action)),
                "params.enter_reason": chosen(ENTER_REASONS, below(number, s + 29, 3), none(enter)),
                "params.exit_reason": chosen(EXIT_REASONS, below(number, s + 30, 5), none(leave)),
                "params.pass_id": pc.if_else(pa.array(enter | leave), hexadecimal(mixed(entry, s + 32)), None),
                "params.amount": pa.array(amount, mask=none(purchase)),
                "params.currency": chosen(["EUR"], np.zeros(len(number)), none(purchase)),
                "params.page": chosen(PAGES, (share(number, s + 31) ** 2 * len(PAGES)).astype(int), none(view)),
            }
        )


def json_lines(table):
    """The rows as NDJSON, null members left out, written column by column."""
    groups = {"": [], "identifiers": [], "attributes": [], "params": []}
    for name in table.column_names:
        column = table[name].combine_chunks()
        under, _, member = name.rpartition(".")
        if pa.types.is_timestamp(column.type):
            column = pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
        quote = '"' if pa.types.is_string(column.type) else ""
        piece = pc.binary_join_element_wise(f'"{member}":{quote}', pc.cast(column, pa.string()), f"{quote},", "")
        groups[under].append(pc.fill_null(piece, ""))
    whole = []
    for under, pieces in groups.items():
        if pieces:
            body = pc.binary_join_element_wise(*pieces, "")
            whole += [body] if under == "" else [f'"{under}":{{', pc.ascii_rtrim(body, ","), "},"]
    return pc.binary_join_element_wise("{", pc.ascii_rtrim(pc.binary_join_element_wise(*whole, ""), ","), "}\n", "")


def write(path, tables, as_parquet):
    """Streams tables to a file."""
    if not as_parquet:
        with open(path, "wb") as file:
            for table in tables:
                file.write("".join(json_lines(table).to_pylist()).encode())
        return
    writer = None
    for table in tables:
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=1)
        writer.write_table(table, row_group_size=CHUNK)
    writer.close()


def generate(profiles, events, seed, form, out):
    """Writes `profiles.…` and `events.…`; gives their paths."""
    out.mkdir(parents=True, exist_ok=True)
    traffic = Traffic(profiles, events, seed)
    paths = []
    for name, total, rows in [("profiles", profiles, traffic.profile_rows), ("events", events, traffic.event_rows)]:
        path = out / f"{name}.{form}"
        unfinished = out / f"{name}.unfinished"
        chunks = ((start, min(start + CHUNK, total)) for start in range(0, total, CHUNK))
        write(unfinished, (rows(*chunk) for chunk in chunks), form == "parquet")
        unfinished.rename(path)
        paths.append(path)
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=["parquet", "ndjson"], default="parquet")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    started = time.monotonic()
    for path in generate(given.profiles, given.events, given.seed, given.format, given.out):
        print(path)
    print(f"{given.events / (time.monotonic() - started):,.0f} events/s", file=sys.stderr)


if __name__ == "__main__":
    main()
