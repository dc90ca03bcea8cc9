"""Messages by SMTP, and what a server's answers mean."""

import smtplib
import ssl
from collections.abc import Generator
from contextlib import contextmanager, suppress

from alerts.messages import Message
from alerts.sinks.base import SinkError
from alerts.sinks.http import trusted
from alerts.sinks.mail.config import MailConfig
from alerts.sinks.mail.letter import letter
from alerts.sinks.shared import BaseSink, Tools

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LOGIN = "check username and password"
_REFUSED = "the server does not take mail from this sender to these recipients"


class MailSink(BaseSink):
    """Guarantee: at least once; a possible repeat is marked, and has the Message-ID of the first
    attempt, by which many mail systems drop the second one. Each message has a connection of its
    own: servers close idle ones.
    """

    def __init__(self, config: MailConfig, tools: Tools) -> None:
        super().__init__(config, tools)
        self._config = config
        self._port = config.port or _PORTS[config.security]
        self._label = f"sink {config.name} (smtp {config.host}:{self._port})"

    def send(self, message: Message) -> None:
        config = self._config
        mail = letter(message, self.composer, config.sender, config.recipients)
        with self._connected() as server:
            try:
                refused = server.send_message(mail, config.sender, config.recipients)
            except smtplib.SMTPRecipientsRefused as error:
                codes = [code for code, _ in error.recipients.values()]
                raise self._answered(min(codes, default=550), _REFUSED) from None
            except smtplib.SMTPResponseException as error:
                raise self._answered(error.smtp_code, _REFUSED) from None
            except (smtplib.SMTPException, OSError) as error:
                raise self._lost(error) from None
            if refused:  # the others have it: sending again would be twice for them
                problem = (
                    f"{self._label}: {len(refused)} of {len(config.recipients)} recipients were "
                    "refused; the others have the mail. Correct the recipients"
                )
                raise SinkError(problem, recoverable=False, in_doubt=False)

    def preview(self, message: Message) -> str:
        mail = letter(message, self.composer, self._config.sender, self._config.recipients)
        headers = "".join(f"{name}: {value}\n" for name, value in mail.items())
        return f"{headers}\n{self.composer.text(self.composer.content(message))}"

    def check(self) -> str:
        config = self._config
        with self._connected() as server:
            try:
                server.ehlo_or_helo_if_needed()
                codes = [server.mail(config.sender)[0]]
                codes += [server.rcpt(recipient)[0] for recipient in config.recipients]
                server.rset()
            except (smtplib.SMTPException, OSError) as error:
                raise self._lost(error) from None
        if max(codes) >= 400:
            raise self._answered(max(codes), _REFUSED)
        return "the server takes mail from this sender to these recipients"

    @contextmanager
    def _connected(self) -> Generator[smtplib.SMTP]:
        """A connection that is encrypted and logged in; the message is not on it yet, so that
        nothing that fails here is in doubt."""
        try:
            server = self._open()
        except smtplib.SMTPAuthenticationError as error:
            raise self._answered(error.smtp_code, _LOGIN) from None
        except smtplib.SMTPNotSupportedError:
            problem = f"{self._label}: the server offers no STARTTLS or no login: see security"
            raise SinkError(problem, recoverable=False, in_doubt=False) from None
        except smtplib.SMTPResponseException as error:
            raise self._answered(error.smtp_code, "is this the right server and port?") from None
        except (smtplib.SMTPException, OSError) as error:
            kind = f"{type(error).__name__}{_tls_reason(error)}"
            problem = f"{self._label}: no connection ({kind})"
            raise SinkError(problem, recoverable=True, in_doubt=False) from None
        try:
            yield server
        finally:
            with suppress(smtplib.SMTPException, OSError):  # all has been said
                server.quit()
            server.close()

    def _open(self) -> smtplib.SMTP:
        config = self._config
        host, port, name = config.host, self._port, config.domain
        if config.security == "tls":
            context = trusted(config.ca_file)
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, name, timeout=config.timeout, context=context
            )
        else:
            server = smtplib.SMTP(host, port, name, timeout=config.timeout)
        try:
            if config.security == "starttls":
                server.starttls(context=trusted(config.ca_file))
            password = config.reveal("password")
            if config.username is not None and password is not None:
                server.login(config.username, password)
        except BaseException:
            server.close()
            raise
        return server

    def _answered(self, code: int, remedy: str) -> SinkError:
        """4xx is for now, 5xx for good; the server's own words may quote addresses."""
        passing = 400 <= code < 500
        text = f"{self._label}: answered {code}{'' if passing else f': {remedy}'}"
        return SinkError(text, recoverable=passing, in_doubt=False)

    def _lost(self, error: Exception) -> SinkError:
        if isinstance(error, TimeoutError):
            return SinkError(f"{self._label}: no answer in time; see timeout", recoverable=True)
        problem = f"{self._label}: connection lost ({type(error).__name__})"
        return SinkError(problem, recoverable=True)


def _tls_reason(error: Exception) -> str:
    """Why a certificate was not believed: the TLS library's own words."""
    return f": {error.verify_message}" if isinstance(error, ssl.SSLCertVerificationError) else ""
