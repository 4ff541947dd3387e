"""Notifications by e-mail: plain text over SMTP. The client is the standard library's, in a thread."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate

from opsroom.board.notifications.ports import Message
from opsroom.board.notifications.settings import NotificationSettings
from opsroom.board.notifications.shapes import Channel, Preferences
from opsroom.kernel.answers import OutcomeUnknown
from opsroom.kernel.correlation import transaction_open
from opsroom.kernel.errors import AdapterError, Fault


class EmailNotifications:
    """Sends through one mail server."""

    name: Channel = "email"

    def __init__(self, settings: NotificationSettings) -> None:
        self._settings = settings

    def missing(self) -> str | None:
        """See the port."""
        return None if self._settings.smtp_host else "set OPSROOM_NOTIFICATIONS__SMTP_HOST to send mail"

    def address_of(self, preferences: Preferences | None, account_email: str | None) -> str | None:
        """The address the person chose, else the account's."""
        return (preferences.email if preferences is not None else None) or account_email

    async def send(self, address: str, message: Message) -> str | None:
        """See the port. The receipt is the Message-ID, which is the same at each try."""
        if transaction_open.get():
            raise Fault("mail was sent while a database transaction is open: read outside, write inside.")
        mail = self._mail(address, message)
        await asyncio.to_thread(self._deliver, address, mail)
        return str(mail["Message-ID"])

    def advice(self, error: AdapterError) -> str:
        """See the port."""
        match error.__cause__:
            case smtplib.SMTPRecipientsRefused():
                return "Check the e-mail address below."
            case smtplib.SMTPAuthenticationError():
                return "On the server, set smtp_user and SMTP_PASSWORD to what the mail server knows."
            case smtplib.SMTPResponseException():
                return "See what the mail server allows: mail_from is often what it refuses."
            case _:
                return "On the server, check smtp_host, smtp_port and smtp_tls of the notifications."

    def _mail(self, address: str, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._settings.mail_from
        mail["To"] = address
        mail["Subject"] = " ".join(message.title.split())[:200] or "Opsroom"
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message.id}@opsroom>"
        mail["Auto-Submitted"] = "auto-generated"
        parts = [message.title, message.text, message.link or ""]
        mail.set_content("\n\n".join(part for part in parts if part) + "\n")
        return mail

    def _deliver(self, address: str, mail: EmailMessage) -> None:
        server = self._connected()
        try:
            self._hand_over(server, address, mail)
            with suppress(OSError, smtplib.SMTPException):  # it has the mail: how we part is no matter
                server.quit()
        finally:
            server.close()

    def _connected(self) -> smtplib.SMTP:
        """A server that knows who we are. Nothing was sent if this fails."""
        settings = self._settings
        host = settings.smtp_host or ""
        try:
            if settings.smtp_tls == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, settings.smtp_port, timeout=settings.timeout_s, context=ssl.create_default_context()
                )
            else:
                server = smtplib.SMTP(host, settings.smtp_port, timeout=settings.timeout_s)
            if settings.smtp_tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user and settings.smtp_password:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except smtplib.SMTPAuthenticationError as error:
            message = f"The mail server {host} does not know us; check smtp_user and smtp_password."
            raise AdapterError(message, adapter="email", permanent=True) from error
        except smtplib.SMTPNotSupportedError as error:
            message = f"The mail server {host} lacks what the settings ask for: {error}"
            raise AdapterError(message, adapter="email", permanent=True) from error
        except (OSError, smtplib.SMTPException) as error:
            message = f"The mail server {host} cannot be reached: {_words(error)}"
            raise AdapterError(message, adapter="email", permanent=False) from error
        return server

    def _hand_over(self, server: smtplib.SMTP, address: str, mail: EmailMessage) -> None:
        try:
            server.send_message(mail, to_addrs=[address])
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()), (550, b""))[0]
            message = f"The mail server refuses {address} ({code})."
            raise AdapterError(message, adapter="email", permanent=code >= 500) from error
        except smtplib.SMTPResponseException as error:  # it answered, and with no: nothing was taken
            message = f"The mail server refuses the message: {error.smtp_code} {_words(error)}"
            raise AdapterError(message, adapter="email", permanent=error.smtp_code >= 500) from error
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown(f"The mail server broke off: {_words(error)}", adapter="email") from error

    async def close(self) -> None:
        """Nothing is kept open."""


def _words(error: Exception) -> str:
    said = getattr(error, "smtp_error", None)
    return said.decode("utf-8", "replace")[:300] if isinstance(said, bytes) else str(error)[:300]
