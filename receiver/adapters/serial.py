"""Serial ports: opened for us alone, and what may be wrong with one in plain words.

pyserial knows a serial port and Twisted reads and writes it. Twisted hands on neither exclusive opening nor RS-485,
never waits for what the driver still has to send, and takes a read that brings nothing for the end: all four are put
right here. Where there is parity it is checked, which pyserial does not ask for: many protocols of receivers have no
other check. A character that fails it is read as NUL, which breaks the message that it stands in.
"""

from __future__ import annotations

import errno
import fcntl
import grp
import os
import pwd
import stat
import termios
from contextlib import suppress
from pathlib import Path
from typing import Any

import serial
from serial.rs485 import RS485Settings
from twisted.internet.abstract import FileDescriptor
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IProtocol
from twisted.internet.serialport import SerialPort
from twisted.python.failure import Failure

from protocols.errors import UserError
from receiver.adapters.endpoints import SerialDevice

DRAIN_S = 2.0
"""How long a port that is closed may take to send what the driver has; at 300 baud an answer is long gone by then."""
_DRAIN_STEP_S = 0.02
LOCKS = Path("/var/lock")
"""Where programs that open serial ports leave a file with their process id (Filesystem Hierarchy Standard, 5.9)."""


class PortError(UserError):
    """A port that cannot be opened. The text says why and what to do, without the port's name."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        """``missing``, ``busy``, ``denied``, ``no-port`` or ``settings``."""


def open_serial(device: SerialDevice) -> serial.Serial:
    """Open a port for us alone, set as it says, not blocking. Raises PortError, and no other error."""
    name = device.device
    try:
        if not stat.S_ISCHR(os.stat(name).st_mode):
            raise PortError("no-port", "it is a file or folder and no serial port (ptsn ports lists those there are)")
    except OSError as error:
        raise _port_error(error, name) from error
    if holder := _lock_holder(name):
        raise _busy(holder)
    try:
        port = serial.Serial(
            name,
            baudrate=device.baudrate,
            bytesize=device.bytesize,
            parity=device.parity,
            stopbits=device.stopbits,
            timeout=0,
            xonxoff=device.xonxoff,
            rtscts=device.rtscts,
            exclusive=True,
        )
    except (OSError, ValueError, OverflowError, termios.error) as error:
        raise _port_error(error, name) from error
    try:
        _settle(port, device)
    except PortError:
        port.close()
        raise
    return port


def _settle(port: serial.Serial, device: SerialDevice) -> None:
    with suppress(OSError, termios.error):
        # For programs that do not look for the lock that pyserial takes.
        fcntl.ioctl(port.fileno(), termios.TIOCEXCL)
    try:
        # A read without anything to read is then told from the end of the line.
        settings = termios.tcgetattr(port.fileno())
        settings[6][termios.VMIN] = 1
        if device.parity != "N":
            # Input flags: check, and neither leave the character out nor mark it with others.
            settings[0] = settings[0] & ~(termios.IGNPAR | termios.PARMRK) | termios.INPCK
        termios.tcsetattr(port.fileno(), termios.TCSANOW, settings)
    except (OSError, termios.error) as error:
        raise _port_error(error, device.device) from error
    if not device.rs485:
        return
    try:
        port.rs485_mode = RS485Settings()
    except (OSError, ValueError) as error:
        raise PortError(
            "settings", "it has no RS-485 mode; a converter that switches by itself needs none: leave out rs485=1"
        ) from error


def _port_error(error: Exception, name: str) -> PortError:
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.ENOTDIR):
        return PortError("missing", "there is no such device; is it plugged in? (ptsn ports lists those there are)")
    if number in (errno.EACCES, errno.EPERM):
        return PortError("denied", denied(name))
    if number in (errno.EBUSY, errno.EAGAIN):
        return _busy(holder_of(name))
    if number == errno.EIO:
        return PortError("missing", "the device does not answer; is it plugged in?")
    if not _is_terminal(name):
        return PortError("no-port", "it is no serial port (ptsn ports lists those there are)")
    return PortError("settings", f"it cannot be set like that: {error}")


def denied(name: str) -> str:
    """Why a device may not be opened, and the command that changes it."""
    try:
        status = os.stat(name)
        group = grp.getgrgid(status.st_gid).gr_name if status.st_mode & 0o060 == 0o060 else ""
    except (OSError, KeyError):
        group = ""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    if not group:
        return f"not allowed for the user {user}; have its group (dialout is usual) allowed to read and write it"
    return (
        f"not allowed: it belongs to the group {group}; run: sudo usermod -aG {group} {user}, "
        "then log in again (a service: start it again)"
    )


def holder_of(name: str) -> str:
    """The programs that have a device open, ``minicom (process 4711)``; empty where that cannot be seen."""
    try:
        wanted = os.stat(name).st_rdev
        processes = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    except OSError:
        return ""
    return " and ".join(_named(int(process)) for process in processes if _holds(process, wanted))


def _holds(process: str, device: int) -> bool:
    with suppress(OSError):
        for handle in os.scandir(f"/proc/{process}/fd"):
            with suppress(OSError):
                found = handle.stat()
                if stat.S_ISCHR(found.st_mode) and found.st_rdev == device:
                    return True
    return False


def state_of(name: str) -> tuple[str, str]:
    """How a port stands, without touching it: a kind of PortError or ``free``, and its text.

    A program of another user that left no lock file is not seen.
    """
    try:
        if not stat.S_ISCHR(os.stat(name).st_mode):
            return "no-port", "it is no serial port"
    except OSError as error:
        found = _port_error(error, name)
        return found.kind, str(found)
    if not os.access(name, os.R_OK | os.W_OK):
        return "denied", denied(name)
    holder = _lock_holder(name) or holder_of(name)
    return ("busy", str(_busy(holder))) if holder else ("free", "")


def _lock_holder(name: str) -> str:
    """Who left a lock file for the device and still runs; empty for nobody."""
    for base in dict.fromkeys((os.path.basename(name), os.path.basename(os.path.realpath(name)))):
        with suppress(OSError, ValueError, LookupError):
            process = int((LOCKS / f"LCK..{base}").read_text("ascii").split()[0])
            if process > 0 and process != os.getpid() and Path(f"/proc/{process}").exists():
                return _named(process)
    return ""


def _named(process: int) -> str:
    try:
        command = Path(f"/proc/{process}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        return f"process {process}"
    return f"{command} (process {process})"


def _busy(holder: str) -> PortError:
    return PortError("busy", f"in use by {holder or 'another program'}; end that program, or give it another port")


def _is_terminal(name: str) -> bool:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return True
    try:
        return os.isatty(handle)
    finally:
        os.close(handle)


class ExclusivePort(SerialPort):
    """An open port as Twisted's transport, which nobody else may open. It has no address: ask neither host nor peer."""

    reactor: Any
    protocol: Any

    def __init__(self, device: SerialDevice, protocol: IProtocol, reactor: Any) -> None:
        """Open it at once. Raises PortError."""
        self._device = device
        super().__init__(protocol, device.device, reactor)  # type: ignore[no-untyped-call]

    def _serialFactory(self, *_name: Any, **_line: Any) -> serial.Serial:
        return open_serial(self._device)

    def connectionLost(self, reason: Failure) -> None:
        """Twisted: it is closed by us, or gone. What the driver still has is sent before that."""
        if self.disconnected:
            return
        FileDescriptor.connectionLost(self, reason)  # type: ignore[no-untyped-call]
        done = isinstance(reason.value, ConnectionDone)
        self._drain(reason, self.reactor.seconds() + (DRAIN_S if done else 0.0))

    def _drain(self, reason: Failure, until: float) -> None:
        left = self._undelivered()
        if left and self.reactor.seconds() < until:
            self.reactor.callLater(_DRAIN_STEP_S, self._drain, reason, until)
            return
        with suppress(OSError, termios.error):
            if left:
                # Else closing waits for it, up to 30 s, and everything with it.
                termios.tcflush(self._serial.fileno(), termios.TCOFLUSH)
        with suppress(OSError):
            self._serial.close()
        self.protocol.connectionLost(reason)

    def _undelivered(self) -> int:
        """Bytes that the driver has not sent yet."""
        try:
            return int(self._serial.out_waiting)
        except (OSError, termios.error):
            return 0

    def abortConnection(self) -> None:
        """Close it now, whatever waits."""
        if not self.disconnected:
            self.stopReading()  # type: ignore[no-untyped-call]
            self.stopWriting()  # type: ignore[no-untyped-call]
            gone = Failure(ConnectionAborted())  # type: ignore[no-untyped-call]
            self.reactor.callLater(0, self.connectionLost, gone)
