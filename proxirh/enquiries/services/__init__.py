"""Every write about enquiries: asking, claiming, treating, conversing, closing."""

from proxirh.enquiries.counting import counts_of, keys_of_exchange, month_of
from proxirh.enquiries.services.asking import Answers, measure_enquiry, submit_enquiry
from proxirh.enquiries.services.assisting import type_enquiry
from proxirh.enquiries.services.claiming import claim_enquiry, disown_enquiry, renew_claim_code
from proxirh.enquiries.services.closing import close_enquiry, getting_back, reopen_enquiry, withdraw_enquiry
from proxirh.enquiries.services.conversing import log_exchange, send_message
from proxirh.enquiries.services.correcting import Correction, addresses_to_choose, correct_enquiry, tag_of_contact
from proxirh.enquiries.services.drafting import (
    address_draft,
    agree_to_be_named,
    answer_draft,
    delete_draft,
    find_draft,
    leave_quickly,
    resume_draft,
    share_draft,
    start_draft,
    take_up_draft,
)
from proxirh.enquiries.services.ending import (
    ENQUIRY,
    Ending,
    Going,
    anonymise_enquiry,
    erase_drafts_of,
    erase_enquiry,
    erase_restored,
    erased_by,
    what_goes,
)
from proxirh.enquiries.services.informing import Notice, notice_in_force, published_notices
from proxirh.enquiries.services.passing import join_enquiry
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
    "ENQUIRY",
    "Answers",
    "Correction",
    "Ending",
    "Going",
    "Notice",
    "address_draft",
    "addresses_to_choose",
    "agree_to_be_named",
    "anonymise_enquiry",
    "answer_draft",
    "claim_enquiry",
    "close_enquiry",
    "correct_enquiry",
    "counts_of",
    "decline_enquiry",
    "delete_draft",
    "disown_enquiry",
    "erase_drafts_of",
    "erase_enquiry",
    "erase_restored",
    "erased_by",
    "find_draft",
    "getting_back",
    "give_back_enquiry",
    "join_enquiry",
    "keys_of_exchange",
    "leave_quickly",
    "log_exchange",
    "measure_enquiry",
    "month_of",
    "notice_in_force",
    "published_notices",
    "renew_claim_code",
    "reopen_enquiry",
    "resume_draft",
    "resume_enquiry",
    "send_message",
    "set_next_step",
    "share_draft",
    "start_draft",
    "submit_enquiry",
    "tag_of_contact",
    "take_enquiry",
    "take_up_draft",
    "type_enquiry",
    "wait_for_agent",
    "wait_for_date",
    "what_goes",
    "withdraw_enquiry",
]
