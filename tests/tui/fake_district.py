"""What a fictitious station knows: schools, open alarms, a night's journal, paths, the wire. One moment, frozen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from protocols import catalogue

Fields = dict[str, Any]

NOW = datetime(2026, 11, 21, 21, 14, 7, tzinfo=UTC)
"""14 minutes past two at night in Almaty."""
TIME_ZONE = "Asia/Almaty"
FIRST_ID, COUNT = 1201, 60
KEYS = {number: f"L0#{number}" for number in range(1001, 1013)}
STRANGER = "?L0#4077"


def stamp(ago_s: float) -> str:
    """A moment so many seconds before now, as the station writes it."""
    return (NOW - timedelta(seconds=ago_s)).strftime("%Y-%m-%dT%H:%M:%S.") + "120Z"


def frame(body: str) -> str:
    """LF, CRC-16, length, body, CR, as the journal keeps bytes."""
    crc = 0
    for byte in body.encode():
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return f"\n{crc:04X}0{len(body):03X}{body}\r"


def accounts() -> list[Fields]:
    """Twelve schools, as ``GET /v1/accounts`` lists them."""
    return [
        {
            "account": str(number),
            "account_key": key,
            "name": f"Sample School No. {number - 1000}",
            "name_ru": f"Образцовая школа № {number - 1000}",
            "name_kk": f"№ {number - 1000} үлгі мектебі",
            "address": f"Образцовый район, ул. Букварная, {number - 1000}",
            "phone": f"+7 000 000 {number - 1000:02d} 01",
            "supervision_s": 180,
            "has_key": number % 2 == 0,
            "key": "",
        }
        for number, key in KEYS.items()
    ]


def zones(account_key: str) -> list[Fields]:
    """Every school has the same ones."""
    if account_key not in KEYS.values():
        return []
    names = {
        "001": ("Main entrance", "Главный вход", "Басты кіреберіс"),
        "003": ("Gym", "Спортзал", "Спорт залы"),
        "015": ("Smoke detectors, floor 1", "Дымовые датчики, 1 этаж", "Түтін датчиктері, 1-қабат"),
        "021": ("Panic button, watchman", "Тревожная кнопка, сторож", "Дабыл түймесі, күзетші"),
    }
    return [
        {"account_key": account_key, "number": number, "name": en, "name_ru": ru, "name_kk": kk}
        for number, (en, ru, kk) in names.items()
    ]


class Night:
    """Journal and alarms as they came. Entries are numbered in the order of their making."""

    def __init__(self) -> None:
        self.entries: list[Fields] = []
        self.alarms: list[Fields] = []

    def entry(self, ago_s: float, kind: str, **fields: Any) -> Fields:
        """An entry received so long ago."""
        id_ = FIRST_ID + len(self.entries)
        made = {"id": id_, "arrival": id_, "kind": kind, "node": "demo", "received_at": stamp(ago_s)} | fields
        self.entries.append(made)
        return made

    def signal(self, ago_s: float, account: int, code: str, qualifier: str = "new", **fields: Any) -> Fields:
        """A Contact ID signal of a school."""
        event = catalogue.find("contact-id", code)
        partition, number = fields.pop("partition", "01"), fields.pop("number", "001")
        sequence = f"{1 + len(self.entries):04d}"
        digit = {"new": 1, "restore": 3, "status": 6}[qualifier]
        body = f'"ADM-CID"{sequence}L0#{account}[#{account}|{digit}{code} {partition} {number}]'
        occurred = fields.pop("occurred_ago_s", ago_s + 1)
        stamped = (NOW - timedelta(seconds=occurred)).strftime("_%H:%M:%S,%m-%d-%Y")
        return self.entry(
            ago_s,
            "signal",
            adapter="ip",
            protocol="dc09",
            peer=f"192.0.2.{account % 200}:40{account % 100:02d}",
            token="ADM-CID",
            account=str(account),
            account_key=KEYS.get(account, STRANGER),
            sequence=sequence,
            scheme="contact-id",
            code=code,
            qualifier=qualifier,
            category=event.category,
            priority=event.priority if qualifier == "new" else max(event.priority, 4),
            partition=partition,
            subject=event.subject,
            number=number,
            occurred_at=stamp(occurred),
            sent_at=stamp(occurred),
            raw=frame(body + stamped),
            **fields,
        )

    def alarm(self, entry: Fields, *, seen: str = "", **fields: Any) -> None:
        """An open alarm that an entry opened."""
        same = ("account", "account_key", "kind", "adapter", "priority", "scheme", "code", "qualifier", "category")
        same += ("partition", "subject", "number", "user", "text", "late", "age_s", "unknown", "occurred_at")
        condition = {
            name: entry[name] for name in ("scheme", "code", "partition", "subject", "number") if name in entry
        }
        condition |= {"priority": entry.get("priority", 2), "since": entry["received_at"], "count": 1}
        self.alarms.append(
            {name: entry[name] for name in same if name in entry}
            | {
                "id": entry["id"],
                "signal": entry["id"],
                "rang": entry["id"],
                "opened_at": entry["received_at"],
                "last_at": entry["received_at"],
                "ringing": not seen,
                "rings": 1,
                "seen_by": seen,
                "seen_unverified": "(" in seen,
                "seen_at": stamp(200) if seen else None,
                "signals": 1,
                "latest": [entry["id"]],
                "conditions": [condition],
                "restored": "no",
                "priority": entry.get("priority", 2),
            }
            | fields
        )


def night() -> Night:
    """Ten open alarms in every state, and 60 entries of every kind, the last one 7 seconds ago."""
    made = Night()
    made.entry(30_000, "station", code="station.started", priority=5)
    made.entry(29_990, "action", code="accounts.changed", operator="demo@socket", details={"added": ["12"]})
    for index in range(8):
        made.signal(28_000 - 60 * index, 1001 + index, "401", number=f"{index + 1:03d}")
    for index in range(12):
        made.signal(20_000 - 900 * index, 1001 + index, "602", number="000", partition="00")
    burglary = made.signal(9_000, 1009, "130", number="003")
    restored = made.signal(8_990, 1009, "130", "restore", number="003")
    made.entry(8_900, "action", code="alarm.seen", alarm=burglary["id"], operator="day shift (demo@socket)")
    made.alarm(
        burglary,
        seen="day shift (demo@socket)",
        restored="all",
        restored_at=restored["received_at"],
        signals=2,
        latest=[burglary["id"], restored["id"]],
    )
    tamper = made.signal(7_200, 1004, "137", number="001")
    made.signal(7_100, 1004, "383", number="003")
    made.entry(7_000, "action", code="alarm.seen", alarm=tamper["id"], operator="demo@socket", unverified=False)
    made.alarm(tamper, seen="demo@socket")
    old = made.signal(
        5_000, 1012, "110", number="015", late=True, age_s=10_800.0, occurred_ago_s=15_800, partition="02"
    )
    made.alarm(old, seen="night shift (demo@socket)")
    made.entry(
        4_990, "action", code="alarm.seen", alarm=old["id"], operator="night shift (demo@socket)", unverified=True
    )
    made.signal(4_000, 1002, "301", number="000")
    made.signal(3_900, 1002, "301", "restore", number="000")
    made.signal(3_890, 1002, "301", "restore", number="000", repeat=True)
    for index in range(6):
        made.signal(3_600 - 60 * index, 1003 + index, "602", number="000", partition="00")
    lost = made.entry(
        2_400,
        "station",
        code="path.lost",
        priority=2,
        adapter="ip",
        protocol="dc09",
        account="1007",
        account_key=KEYS[1007],
        details={"silent_s": ["183"]},
    )
    way = {"scheme": "", "code": "path.lost", "number": "", "partition": "ip/dc09"}
    made.alarm(lost, **way, conditions=[way | {"priority": 2, "since": lost["received_at"], "count": 1}])
    made.entry(
        2_000, "security", code="security.wrong-key", priority=3, peer="198.51.100.9:5511", account="1006", count=3
    )
    unread = made.entry(
        1_500,
        "unread",
        adapter="ip",
        protocol="dc09",
        peer="192.0.2.5:4005",
        token="ADM-CID",
        account="1005",
        account_key=KEYS[1005],
        priority=2,
        raw=frame('"ADM-CID"0007L0#1005[#1005|1??0 01 021]'),
        findings=["contact-id.code"],
    )
    made.alarm(unread, unread=1, signals=0)
    stranger = made.signal(900, 4077, "130", number="001", unknown=True)
    made.alarm(stranger)
    first = made.signal(600, 1010, "130", number="001")
    second = made.signal(590, 1010, "130", number="003")
    back = made.signal(560, 1010, "130", "restore", number="001")
    made.alarm(
        first,
        restored="partly",
        restored_at=back["received_at"],
        rang=second["id"],
        rings=2,
        signals=3,
        latest=[first["id"], second["id"], back["id"]],
        conditions=[
            _condition(first, restored_at=back["received_at"]),
            _condition(second),
        ],
    )
    made.signal(500, 1008, "406", number="008")
    made.signal(420, 1011, "302", number="000", text="АКБ 10,8 В")
    for index in range(5):
        made.signal(400 - 30 * index, 1001 + index, "602", number="000", partition="00")
    fire = made.signal(190, 1003, "110", number="015", partition="02", text="Дым, 1 этаж \u202eкоридор")
    again = made.signal(150, 1003, "110", number="015", partition="02", repeat=True)
    made.alarm(fire, signals=2, latest=[fire["id"], again["id"]], conditions=[_condition(fire, count=2)])
    made.signal(120, 1006, "602", number="000", partition="00")
    panic = made.signal(37, 1008, "120", number="021", partition="03")
    made.alarm(panic)
    made.signal(7, 1009, "602", number="000", partition="00")
    return made


def _condition(entry: Fields, **fields: Any) -> Fields:
    names = ("scheme", "code", "partition", "subject", "number", "priority", "occurred_at")
    return {name: entry[name] for name in names} | {"since": entry["received_at"], "count": 1} | fields


def paths() -> list[Fields]:
    """Most are in order, one is lost, one was never heard, one is not supervised."""
    rows = [
        {
            "account": str(number),
            "account_key": key,
            "adapter": "ip",
            "protocol": "dc09",
            "path": "",
            "peer": f"192.0.2.{number % 200}:40{number % 100:02d}",
            "state": "ok",
            "supervised": True,
            "last_heard": stamp(5 + number % 50),
            "interval_s": 180.0,
            "left_s": 175.0 - number % 50,
        }
        for number, key in KEYS.items()
    ]
    rows[6] |= {"state": "lost", "last_heard": stamp(2_583), "left_s": None}
    rows[10] |= {"state": "never", "last_heard": None, "peer": "", "left_s": None}
    rows[11] |= {"supervised": False, "interval_s": None, "left_s": None}
    return [*rows, rows[1] | {"path": "B", "adapter": "backup", "peer": "192.0.2.202:5002"}]


def radio_paths() -> list[Fields]:
    """Three more of schools that have a radio unit besides: well, weak, and lost."""
    by_radio = {"adapter": "air", "protocol": "radio", "peer": "serial:/dev/ttyUSB0", "missed": 3, "of": 5, "hops": 0}
    rows = [
        row | by_radio | {"level": level, "quality": None, "low": low, "loss": loss}
        for row, level, low, loss in zip(
            paths()[1:4], (-78.4, -106.2, -97.0), (False, True, False), (0.0, 0.4, 0.6), strict=True
        )
    ]
    rows[2] |= {"state": "lost", "last_heard": stamp(710), "left_s": None}
    return rows


def radio_channels() -> list[Fields]:
    """Two channels: a busy one, and one that is jammed."""
    counts = {"frames": 5210, "accepted": 5102, "forged": 2, "garbled": 96, "repaired": 311, "acks": 5080, "polls": 44}
    well = {
        "adapter": "air",
        "network": 2561,
        "units": 48,
        "busy": 0.237,
        "own": 0.112,
        "airtime_s": 241.3,
        "budget_s": 360.0,
        "window_s": 3600.0,
        "waiting": 0,
        "jammed": False,
        "why": "",
        "trouble": "",
        "counts": counts,
    }
    jammed = {"adapter": "air-2", "units": 12, "busy": 0.0, "own": 0.021, "airtime_s": None, "jammed": True}
    return [well, well | jammed | {"why": "silence", "counts": {"frames": 310, "accepted": 310}}]


def wire() -> list[Fields]:
    """Stored, refused, noise, a link test, with the findings of a panel that departs from the standard."""
    panic = frame('"ADM-CID"0059L0#1008[#1008|1120 03 021]_21:13:29,11-21-2026')
    ack = frame('"ACK"0059L0#1008[]')
    records: list[Fields] = [
        {"what": "note", "text": "connected", "peer": "192.0.2.8:4008"},
        {"what": "in", "bytes": panic, "size": len(panic), "peer": "192.0.2.8:4008"},
        _verdict("192.0.2.8:4008", "1008", "stored", "ACK", "on-disk"),
        {"what": "out", "bytes": ack, "size": len(ack), "peer": "192.0.2.8:4008"},
        {"what": "note", "text": "disconnected: closed", "peer": "192.0.2.8:4008"},
        {"what": "in", "bytes": "GET / HTTP/1.1\r\n", "size": 16, "peer": "203.0.113.77:51514"},
        {"what": "noise", "guess": "http", "bytes": "GET / HTTP/1.1\r\n", "size": 16, "peer": "203.0.113.77:51514"},
        _verdict(
            "198.51.100.9:5511", "1006", "refused", "", "wrong-key", encrypted=True, decrypted=False, token="*ADM-CID"
        ),
        _verdict(
            "192.0.2.5:4005",
            "1005",
            "stored",
            "ACK",
            "on-disk",
            findings=[{"id": "dc09.crc.counts-the-cr", "severity": "violation", "offset": 1, "length": 4}],
        ),
        _verdict("192.0.2.9:4009", "1009", "alive", "ACK", "link-test", token="NULL"),
    ]
    return [
        {"n": n, "at": stamp(40 - 4 * n), "adapter": "ip", "protocol": "dc09"} | one for n, one in enumerate(records)
    ]


def _verdict(peer: str, account: str, verdict: str, answer: str, why: str, **fields: Any) -> Fields:
    made = {"what": "verdict", "peer": peer, "account": account, "verdict": verdict, "answer": answer, "why": why}
    made |= {"kind": "event", "token": "ADM-CID", "sequence": "0059", "encrypted": False, "decrypted": None}
    return made | {"findings": [], "plain": ""} | fields


def status(hello: Fields, last_id: int, alarms: list[Fields]) -> Fields:
    """How the station is doing."""
    return {name: hello[name] for name in ("name", "node", "version", "mode", "language", "time_zone")} | {
        "now": stamp(0),
        "pid": 4242,
        "started_at": stamp(30_000),
        "uptime_s": 30_000.0,
        "endpoints": [
            {
                "adapter": "ip",
                "protocol": "dc09",
                "listen": "tcp:5000",
                "address": "0.0.0.0:5000",
                "open": True,
                "trouble": "",
            },
            {
                "adapter": "ip",
                "protocol": "dc09",
                "listen": "udp:5000",
                "address": "0.0.0.0:5000",
                "open": True,
                "trouble": "",
            },
            {
                "adapter": "backup",
                "protocol": "dc09",
                "listen": "tcp:5001",
                "address": "",
                "open": False,
                "trouble": "Address already in use",
            },
        ],
        "connections": 12,
        "journal": "/var/lib/ptsn/journal.db",
        "last_id": last_id,
        "disk": None,
        "stalled": False,
        "queued": 0,
        "rates": {"messages_per_s": 0.4, "messages_per_commit": 1.0},
        "counters": {
            "arrivals": 5210,
            "stored": 812,
            "link_tests": 4380,
            "duplicates": 9,
            "refused": 3,
            "stale": 1,
            "not_stored": 0,
            "unread": 1,
            "noise": 4,
            "dropped": 0,
        },
        "paths": {"ok": 11, "lost": 1, "never": 1},
        "alarms": {"open": len(alarms), "ringing": sum(one["ringing"] for one in alarms)},
        "readers": 4,
        "consoles": 2,
        "journal_bytes": 734_003,
        "disk_free_bytes": 91_268_055_040,
        "disk_total_bytes": 125_000_000_000,
        "clock": {"jumps": 0, "last_jump_at": None, "last_jump_s": None},
    }
