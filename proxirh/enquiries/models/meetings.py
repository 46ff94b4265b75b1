"""The appointments of an enquiry, which themselves know nothing of it."""

from django.db import models

from proxirh.enquiries.models.enquiry import Enquiry


class EnquiryAppointment(models.Model):
    """One series of appointments, whatever it is moved to, taken for one enquiry."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="meetings", verbose_name="demande")
    series = models.UUIDField("suite de rendez-vous", unique=True)
    # Moved or cancelled by its link, an appointment knows of no enquiry to tell: the clock compares.
    followed = models.PositiveSmallIntegerField("rang suivi", default=0)

    class Meta:
        verbose_name = "rendez-vous d’une demande"
        verbose_name_plural = "rendez-vous des demandes"

    def __str__(self) -> str:
        return f"rendez-vous d’une demande {self.pk}"
