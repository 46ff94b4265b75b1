"""What the worker does by the clock, one line a job."""

SCHEDULES = {
    "drain-outbox": {"task": "proxirh.notifications.periodic.drain_outbox", "every": 5},
    "gather-digests": {"task": "proxirh.notifications.periodic.gather_digests", "every": 60},
    "forget-expired-codes": {"task": "proxirh.accounts.periodic.forget_expired", "every": 600},
    "forget-old-mails": {"task": "proxirh.outbox.periodic.forget_old_mails", "every": 3600},
    "seal-journal": {"task": "proxirh.kernel.periodic.seal_journal", "every": 300},
    "forget-finished-tasks": {"task": "proxirh.kernel.periodic.forget_finished_tasks", "every": 3600},
    "fold-monthly-counts": {"task": "proxirh.enquiries.periodic.fold_monthly_counts", "every": 300},
    "erase-expired-drafts": {"task": "proxirh.enquiries.periodic.erase_expired_drafts", "every": 900},
    "forget-presences": {"task": "proxirh.enquiries.periodic.forget_presences", "every": 300},
    "apply-retention": {"task": "proxirh.privacy.periodic.apply_retention", "every": 86400},
    "call-about-concerns": {"task": "proxirh.enquiries.periodic.call_about_concerns", "every": 60},
    "tell-of-late-transmissions": {"task": "proxirh.enquiries.periodic.tell_of_late_transmissions", "every": 3600},
    "follow-notes-requests": {"task": "proxirh.enquiries.periodic.follow_notes_requests", "every": 3600},
    "follow-referrals": {"task": "proxirh.enquiries.periodic.follow_referrals", "every": 3600},
    "follow-questions": {"task": "proxirh.enquiries.periodic.follow_questions", "every": 3600},
    "move-unable-enquiries": {"task": "proxirh.enquiries.periodic.move_unable_enquiries", "every": 3600},
    "climb-ladder": {"task": "proxirh.enquiries.periodic.climb_ladder", "every": 3600},
    "ask-about-contacts": {"task": "proxirh.enquiries.periodic.ask_about_contacts", "every": 3600},
    "scan-files": {"task": "proxirh.enquiries.periodic.scan_files", "every": 10},
    "sweep-files": {"task": "proxirh.enquiries.periodic.sweep_files", "every": 86400},
}
