"""Notices as mail servers write them (RFC 3464), about a mail of ours: Postfix, then Exchange."""

POSTFIX = """\
Return-Path: <>
Delivered-To: {to}
Received: by mx.exemple.invalid (Postfix)
\tid 4fXk2c1VZnz9sT; Tue, 17 Nov 2026 10:12:07 +0100 (CET)
Date: Tue, 17 Nov 2026 10:12:07 +0100 (CET)
From: MAILER-DAEMON@mx.exemple.invalid (Mail Delivery System)
Subject: {subject}
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4fXk2b6mHqz9sR.1795000327/mx.exemple.invalid"
Message-Id: <20261117091207.4fXk2c1VZnz9sT@mx.exemple.invalid>

This is a MIME-encapsulated message.

--4fXk2b6mHqz9sR.1795000327/mx.exemple.invalid
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.exemple.invalid.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<agent0000@exemple.invalid>: host mx.academie.invalid[192.0.2.7] said: {said}

--4fXk2b6mHqz9sR.1795000327/mx.exemple.invalid
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.exemple.invalid
X-Postfix-Queue-ID: 4fXk2b6mHqz9sR
X-Postfix-Sender: rfc822; {to}
Arrival-Date: Tue, 17 Nov 2026 10:12:06 +0100 (CET)

Final-Recipient: rfc822; agent0000@exemple.invalid
Original-Recipient: rfc822;agent0000@exemple.invalid
Action: {action}
Status: {status}
Remote-MTA: dns; mx.academie.invalid
Diagnostic-Code: smtp; {said}

--4fXk2b6mHqz9sR.1795000327/mx.exemple.invalid
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <{to}>
From: ProxiRH <ne-pas-repondre@localhost>
To: agent0000@exemple.invalid
Subject: Vous avez un message

--4fXk2b6mHqz9sR.1795000327/mx.exemple.invalid--
"""
EXCHANGE = """\
From: <postmaster@academie.invalid>
To: <{to}>
Date: Tue, 17 Nov 2026 09:12:07 +0000
Content-Type: multipart/report; report-type="delivery-status";
\tboundary="_c3e1b7a0-5d0f-4f0e-9c53-1f6a0d1c2b3a_"
Content-Language: fr-FR
Subject: =?utf-8?B?Tm9uIHJlbWlzwqA6IFZvdXMgYXZleiB1biBtZXNzYWdl?=
MIME-Version: 1.0

--_c3e1b7a0-5d0f-4f0e-9c53-1f6a0d1c2b3a_
Content-Type: multipart/alternative; boundary="_000_"

--_000_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

Vm90cmUgbWVzc2FnZSBu4oCZYSBwYXMgcHUgw6p0cmUgcmVtaXMu

--_000_
Content-Type: text/html; charset="utf-8"

<p>550 5.1.10 RESOLVER.ADR.RecipientNotFound</p>

--_000_--

--_c3e1b7a0-5d0f-4f0e-9c53-1f6a0d1c2b3a_
Content-Type: message/delivery-status

Reporting-MTA: dns;PR0P264MB.FRAP264.PROD.invalid
Received-From-MTA: dns;mx.exemple.invalid
Arrival-Date: Tue, 17 Nov 2026 09:12:06 +0000

Final-Recipient: rfc822;agent0000@exemple.invalid
Action: {action}
Status: {status}
Diagnostic-Code: smtp;{said}

--_c3e1b7a0-5d0f-4f0e-9c53-1f6a0d1c2b3a_
Content-Type: message/rfc822

From: ProxiRH <ne-pas-repondre@localhost>
To: agent0000@exemple.invalid
Subject: Vous avez un message

Bonjour

--_c3e1b7a0-5d0f-4f0e-9c53-1f6a0d1c2b3a_--
"""


def notice(to: str, status: str = "5.1.1", *, action: str = "failed", form: str = POSTFIX) -> bytes:
    """A notice that came to an address; `action` is `delayed` for one that says that the server goes on trying."""
    subject = "Undelivered Mail Returned to Sender" if action == "failed" else "Delayed Mail (still being retried)"
    said = f"550 {status} User unknown" if status.startswith("5") else f"450 {status} Try again later"
    return form.format(to=to, status=status, action=action, subject=subject, said=said).encode()
