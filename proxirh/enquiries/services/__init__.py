"""Every write about enquiries: asking, claiming, treating, conversing, closing."""

from proxirh.enquiries.services.asking import Answers, measure_enquiry, submit_enquiry
from proxirh.enquiries.services.claiming import claim_enquiry, disown_enquiry
from proxirh.enquiries.services.closing import close_enquiry, reopen_enquiry, withdraw_enquiry
from proxirh.enquiries.services.conversing import log_exchange, send_message
from proxirh.enquiries.services.drafting import (
    address_draft,
    answer_draft,
    delete_draft,
    find_draft,
    resume_draft,
    start_draft,
)
from proxirh.enquiries.services.treating import (
    decline_enquiry,
    give_back_enquiry,
    resume_enquiry,
    set_next_step,
    take_enquiry,
    wait_for_agent,
    wait_for_date,
)

__all__ = [
    "Answers",
    "address_draft",
    "answer_draft",
    "claim_enquiry",
    "close_enquiry",
    "decline_enquiry",
    "delete_draft",
    "disown_enquiry",
    "find_draft",
    "give_back_enquiry",
    "log_exchange",
    "measure_enquiry",
    "reopen_enquiry",
    "resume_draft",
    "resume_enquiry",
    "send_message",
    "set_next_step",
    "start_draft",
    "submit_enquiry",
    "take_enquiry",
    "wait_for_agent",
    "wait_for_date",
    "withdraw_enquiry",
]
