"""Soak: mixed traffic of two offices and a hub, a cut and a kill in every turn, and nothing that grows
(scripts/soak.sh)."""

import os
import random
import time

import pytest

from dakghar_harness import record, until

MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))
SEED = int(os.environ.get("SEED", "0") or 0)
#: Seconds of one turn: traffic all the time, a cut, a kill, then a look when all has arrived.
TURN_SECONDS = 30
#: What the box that is never killed may gain from the end of the warm-up to the end of the run: a line
#: fitted to its private memory, bytes. Caches of the database and of the allocator fill in that time.
GAIN_BYTES = 8 << 20
#: Bytes of a write-ahead log: SQLite writes it back at 4 MiB, and begins anew.
WAL_BYTES = 16 << 20

pytestmark = pytest.mark.skipif(not MINUTES, reason="only with SOAK_MINUTES (scripts/soak.sh)")


def look(box):
    """What could grow, in one box."""
    rollup = open(f"/proc/{box.pid}/smaps_rollup").read().splitlines()
    anonymous = next(int(line.split()[1]) for line in rollup if line.startswith("Anonymous:"))
    files = [path for path in box.directory.rglob("*") if path.is_file()]
    return {
        "memory": anonymous << 10,
        "descriptors": len(os.listdir(f"/proc/{box.pid}/fd")),
        "threads": len(os.listdir(f"/proc/{box.pid}/task")),
        "wal": sum(path.stat().st_size for path in files if path.name.endswith("-wal")),
        "files": len(files),
    }


def slope(values):
    """Of the line with the least squares, per step."""
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    return (sum((x - middle) * (y - mean) for x, y in enumerate(values))
            / sum((x - middle) ** 2 for x in range(len(values))))


class Conversation:
    """One direction: numbered texts, each of which has to arrive, in order."""

    def __init__(self, writer, reader):
        self.writer, self.reader = writer, reader
        self.names, self.sent, self.arrived = [], 0, 0

    def write(self, count):
        texts = [f"{n} {'x' * (n * 37 % 400)}" for n in range(self.sent, self.sent + count)]
        self.names += self.writer.send_all(self.reader, texts)
        self.sent += count

    def take(self):
        """Reads what is there. After a kill of the reader's box some may come again, under the same
        archive id; none is missing, and none comes before an earlier one."""
        known = [int(body.split()[0]) for body in list(self.reader.bodies)]
        for number in known:
            if number >= self.arrived:
                assert number == self.arrived, f"{number} came before {self.arrived}"
                self.arrived += 1
        return self.arrived

    def settle(self):
        self.writer.wait_acknowledged(self.names, within=60)
        until(lambda: self.take() == self.sent, within=90, look=0.2,
              what=lambda: f"{self.arrived} of {self.sent} have arrived at {self.reader.jid}")
        assert not self.writer.errors
        self.names = []


def test_nothing_grows(with_hub):
    chance = random.Random(SEED)
    scene = with_hub(direct="works")
    scene.alice.forget()
    scene.bob.forget()
    there, back = Conversation(scene.alice, scene.bob), Conversation(scene.bob, scene.alice)
    lines = [scene.line, scene.finance_hub, scene.hub_interior]
    seen = {box.name: [] for box in (scene.finance, scene.interior, scene.hub)}
    started = time.monotonic()
    kills = 0
    while time.monotonic() - started < MINUTES * 60:
        line, victim = chance.choice(lines), chance.choice([scene.hub, scene.interior])
        events = {
            chance.randrange(2, 8): lambda: line.cut(chance.choice(["down", "blackhole"])),
            chance.randrange(9, 15): line.restore,
            chance.randrange(16, 20): victim.kill,
            21: victim.start,
        }
        begun = time.monotonic()
        for second in range(TURN_SECONDS - 6):
            events.get(second, lambda: None)()
            if victim is scene.interior and second == 21:
                scene.bob.reconnect()
            there.write(4)
            if scene.bob.connected:
                back.write(2)
                scene.bob.show("away" if second % 2 else None, f"turn {second}")
            scene.alice.ask("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>",
                            to=scene.finance.domain)
            time.sleep(max(0, begun + second + 1 - time.monotonic()))
        kills += 1
        for conversation in (there, back):
            conversation.settle()
        scene.alice.forget()
        scene.bob.forget()
        until(lambda: not scene.finance.queue_json()["entries"], within=60, look=0.5,
              what="nothing waits any more")
        for box in (scene.finance, scene.interior, scene.hub):
            seen[box.name].append(look(box))
        print(f"{time.monotonic() - started:.0f} s", seen["finance"][-1], flush=True)
    check(seen, scene.finance.name)
    record("soak", minutes=MINUTES, kills=kills, messages=there.sent + back.sent,
           gain_bytes=gain(seen["finance"], "memory"), last_memory_bytes=seen["finance"][-1]["memory"])


def gain(samples, key):
    """Along the fitted line, from the end of the warm-up to the end."""
    steady = [sample[key] for sample in samples[len(samples) // 4:]]
    return slope(steady) * (len(steady) - 1)


def check(seen, undying):
    samples = seen[undying]
    assert len(samples) >= 8, "too short to fit a line to"
    assert gain(samples, "memory") < GAIN_BYTES, [s["memory"] >> 10 for s in samples]
    for key, room in (("descriptors", 4), ("threads", 2), ("files", 2)):
        assert gain(samples, key) < room, (key, [s[key] for s in samples])
    for name, each in seen.items():
        assert max(s["wal"] for s in each) < WAL_BYTES, name
        assert gain(each, "files") < 2, (name, [s["files"] for s in each])
