"""A real SMTP server on loopback, with a fault for each way in which one can fail.

    with Mailroom() as mailroom:
        mailroom.host, mailroom.port      # where it listens
        mailroom.messages                 # what it took: Delivered(sender, recipients, content, message)
"""

from tests.mailroom.mailroom import Delivered, Fault, Mailroom

__all__ = ["Delivered", "Fault", "Mailroom"]
