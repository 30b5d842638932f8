"""What is known of one panel, in short statements under labels."""

from __future__ import annotations

from msgspec import UNSET

from panels.inspection.figures import Clock, Connections, Edition, Numbers, Protection, Retries
from panels.inspection.report import PanelReport, Sender
from protocols.wires import find
from ptsn.checking.words import Words
from ptsn.render import clean

RIGHT_S = 1.0
"""A clock within this is right: stamps are in whole seconds."""

ACCOUNTS_SHOWN = 40
"""Of one sender; the rest is counted."""

Statements = tuple[str, ...]


def panel_facts(panel: PanelReport, words: Words) -> tuple[tuple[str, Statements], ...]:
    """Every label with its statements; labels without any are left out."""
    rows = _panel_rows(panel, words) if panel.sender is UNSET else _sender_rows(panel, panel.sender, words)
    return tuple((words(label), statements) for label, statements in rows if statements)


def _sender_rows(panel: PanelReport, sender: Sender, words: Words) -> tuple[tuple[str, Statements], ...]:
    counted = words("report.messages.value", count=panel.messages, events=panel.events)
    return (
        ("fact.protocol", (sender.title, *_dialects(panel.protocol, sender, words))),
        ("fact.accounts", _accounts(sender, words)),
        ("fact.receivers", tuple(clean(each) for each in sender.receivers)),
        ("fact.lines", tuple(clean(each) for each in sender.lines)),
        ("report.messages", (counted, *_tokens(panel, words))),
        ("fact.answers", _answers(panel, words)),
        ("fact.transport", _transport(panel, words)),
        ("fact.heartbeats", _link_tests(panel, words)),
        ("fact.waiting", _waiting(sender, words)),
        ("fact.retries", _retries(panel.retries, words)),
        ("fact.denied", _denied(sender, words)),
        ("fact.sessions", _sessions(sender, words)),
    )


def _dialects(protocol: str, sender: Sender, words: Words) -> Statements:
    return tuple(_dialect(protocol, name, count, words) for name, count in sender.dialects.items())


def _dialect(protocol: str, name: str, count: int, words: Words) -> str:
    id_ = f"dialect.{protocol}.{name}"
    return words(id_, count=count) if words.has(id_) else words("dialect.one", name=clean(name), count=count)


def _accounts(sender: Sender, words: Words) -> Statements:
    shown = list(sender.accounts.items())[:ACCOUNTS_SHOWN]
    said = tuple(words("accounts.one", account=clean(account), count=count) for account, count in shown)
    rest = len(sender.accounts) - len(shown)
    left_out = (words("accounts.more", count=rest),) if rest else ()
    return (*said, *left_out, *((words("accounts.others", count=n),) if (n := sender.accounts_left_out) else ()))


def _waiting(sender: Sender, words: Words) -> Statements:
    if sender.answered < 2 and not sender.not_waited:
        return ()  # one message shows nothing
    return (words("waiting.no", count=sender.not_waited) if sender.not_waited else words("waiting.yes"),)


def _denied(sender: Sender, words: Words) -> Statements:
    """What became of messages that got no acknowledgement."""
    again = sender.again or sender.never_again
    if not again and not sender.withheld:
        return (words("denied.none"),)
    counts = (
        ("withheld", sender.withheld),
        ("again", sender.again),
        ("never", sender.never_again),
        ("waiting", 0 if again else sender.withheld),
    )
    return tuple(words(f"denied.{name}", count=count) for name, count in counts if count)


def _sessions(sender: Sender, words: Words) -> Statements:
    if sender.sessions is None:
        return ()
    counts = zip(("ended", "open"), sender.sessions, strict=True)
    return tuple(words(f"sessions.{name}", count=count) for name, count in counts if count)


def _panel_rows(panel: PanelReport, words: Words) -> tuple[tuple[str, Statements], ...]:
    counted = words("report.messages.value", count=panel.messages, events=panel.events)
    return (
        ("fact.account", (full_account(panel),)),
        ("fact.inner", tuple(clean(account) for account in panel.inner_accounts)),
        ("fact.protocol", (find(panel.protocol).title,)),
        ("report.messages", (counted, *_tokens(panel, words))),
        ("fact.answers", _answers(panel, words)),
        ("fact.transport", _transport(panel, words)),
        ("fact.encryption", _protection(panel.protection, words)),
        ("fact.clock", _clock(panel, words)),
        ("fact.link-tests", _link_tests(panel, words)),
        ("fact.retries", _retries(panel.retries, words)),
        ("fact.numbers", _numbers(panel.numbers, words)),
        ("fact.crc", tuple(words(f"crc.{form}") for form in panel.crc)),
        ("fact.edition", _edition(panel.edition, words, _sealed(panel, words))),
    )


def full_account(panel: PanelReport) -> str:
    """Receiver, prefix and account: ``R1 L0 #1234``."""
    receiver = "" if panel.receiver is None else f"R{panel.receiver} "
    prefix = "" if panel.prefix is None else f"L{panel.prefix} "
    return clean(f"{receiver}{prefix}#{panel.account}")


def _tokens(panel: PanelReport, words: Words) -> Statements:
    said = tuple(f"{clean(token) or '?'}: {count}" for token, count in panel.tokens.items())
    left_out = panel.tokens_left_out
    return (*said, words("tokens.others", count=left_out)) if left_out else said


def _sealed(panel: PanelReport, words: Words) -> Statements:
    """That messages which no key opened leave a thing open."""
    closed = panel.protection.closed
    return (words("sealed.not-known", count=closed),) if closed else ()


def _answers(panel: PanelReport, words: Words) -> Statements:
    return tuple(f"{answer or words('no-answer')}: {count}" for answer, count in panel.answers.items())


def _transport(panel: PanelReport, words: Words) -> Statements:
    uses: Connections = panel.connections
    said = [f"{', '.join(transport.upper() for transport in panel.transports)} ({clean(', '.join(panel.hosts))})"]
    if uses.habit:
        said.append(words(f"connections.{uses.habit}"))
    counts = (("opened", uses.opened), ("empty", uses.empty), ("cut", uses.cut), ("unanswered", uses.unanswered))
    said += [words(f"connections.{name}", count=count) for name, count in counts if count]
    return tuple(said)


def _protection(seen: Protection, words: Words) -> Statements:
    if not seen.opened and not seen.closed:
        return (words("encryption.none"),)
    said = [
        words("encryption.opened", bits=key.bits, number=key.number, form=words(f"encryption.{key.form}"))
        for key in seen.keys
    ]
    counts = (("count", seen.opened), ("closed", seen.closed), ("clear", seen.clear))
    said += [words(f"encryption.{name}", count=count) for name, count in counts if count]
    said += [words(f"padding.{kind}") for kind in seen.padding]
    if seen.pad_bytes is not None:
        least, most = seen.pad_bytes
        said.append(words("padding.bytes", range=str(least) if least == most else f"{least}-{most}"))
    return tuple(said)


def _clock(panel: PanelReport, words: Words) -> Statements:
    said: list[str] = []
    clock: Clock = panel.clock
    sealed = _sealed(panel, words)
    skew = clock.skew
    if not skew.count:
        # Only messages that were read, all without a stamp, tell that there is none.
        if not sealed and not clock.undated:
            said.append(words("clock.unknown") if clock.unstamped else words("clock.unread"))
    elif abs(skew.median) <= RIGHT_S:
        said.append(words("clock.right"))
    else:
        said.append(words("clock.ahead" if skew.median > 0 else "clock.behind", time=words.duration(abs(skew.median))))
    if skew.most - skew.least > RIGHT_S:
        said.append(words("clock.spread", least=words.duration(skew.least), most=words.duration(skew.most)))
    if clock.zone_minutes is not None:
        hours, minutes = divmod(abs(clock.zone_minutes), 60)
        said.append(words("clock.zone", zone=f"{'+' if clock.zone_minutes > 0 else '-'}{hours:02d}:{minutes:02d}"))
    if clock.drift_per_day is not None:
        said.append(words("clock.drift", time=words.duration(clock.drift_per_day)))
    counts = (
        ("stale", clock.stale),
        ("corrected", clock.corrected),
        ("undated", clock.undated),
        ("unstamped", clock.unstamped),
    )
    return (*said, *(words(f"clock.{name}", count=count) for name, count in counts if count), *sealed)


def _link_tests(panel: PanelReport, words: Words) -> Statements:
    tests = panel.link_tests
    sealed = _sealed(panel, words)
    said = [str(tests.count)] if tests.count else [] if sealed else [words("none")]
    said += sealed
    if tests.interval.count:
        said.append(
            words(
                "link-tests.interval",
                median=words.duration(tests.interval.median),
                most=words.duration(tests.interval.most),
            )
        )
    if panel.messages > 1:
        said.append(words("link-tests.silence", time=words.duration(tests.longest_silence)))
    return tuple(said)


def _retries(retries: Retries, words: Words) -> Statements:
    if not retries.count:
        return (words("none"),)
    delay = retries.delay
    least, median, most = (words.duration(each) for each in (delay.least, delay.median, delay.most))
    after = words("retries.after", time=most) if least == most else ""
    said = [str(retries.count), after or words("retries.delay", least=least, most=most, median=median)]
    counts = (
        ("fresh", retries.fresh_stamp),
        ("same", retries.same_stamp),
        ("nak", retries.after_nak),
        ("unanswered", retries.unanswered),
        ("damaged", retries.damaged),
        ("parallel", retries.parallel),
        ("acknowledged", retries.acknowledged),
        ("refused", retries.refused),
    )
    return (*said, *(words(f"retries.{name}", count=count) for name, count in counts if count))


def _numbers(numbers: Numbers, words: Words) -> Statements:
    if not numbers.count:
        return ()
    said = []
    if numbers.first is not None and numbers.last is not None:
        first, last = f"{numbers.first:04d}", f"{numbers.last:04d}"
        said.append(first if first == last else words("numbers.range", first=first, last=last))
        if numbers.count > 1 and not (numbers.gaps or numbers.restarts or numbers.reused or numbers.zero):
            said.append(words("numbers.whole"))
    counts = (
        ("skipped", numbers.skipped),
        ("restarts", numbers.restarts),
        ("reused", numbers.reused),
        ("zero", numbers.zero),
    )
    return (*said, *(words(f"numbers.{name}", count=count) for name, count in counts if count))


def _edition(edition: Edition, words: Words, sealed: Statements = ()) -> Statements:
    if edition.least is not None and edition.most is not None and edition.least > edition.most:
        said = words("edition.both", most=edition.most, least=edition.least)
    elif edition.most is not None:
        said = words("edition.most", year=edition.most)
    elif edition.least is not None:
        said = words("edition.least", year=edition.least)
    else:
        return sealed or (words("edition.any"),)
    signs = ", ".join(_sign(sign, words) for sign in edition.reasons)
    return (said, f"{words('edition.because')}: {signs}") if signs else (said,)


def _sign(sign: str, words: Words) -> str:
    """What an edition was told by: ``edition.letter-K`` and its like."""
    name = sign.removeprefix("edition.")
    kind, _, rest = name.partition("-")
    if kind == "letter":
        return words("edition.sign.letter", letter=clean(rest))
    if kind == "token":
        return words("edition.sign.token", token=clean(rest))
    return words(f"edition.sign.{name}")
