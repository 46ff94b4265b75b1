"""What a telephone call has to do with an enquiry: it became one, or was about one; the call itself names none."""

from django.db import models
from django.utils import timezone

from proxirh.enquiries.models.enquiry import Enquiry
from proxirh.scheduling.models import PhoneCall


class CallLink(models.TextChoices):
    BECAME = "became", "devenu cette demande"
    ABOUT = "about", "au sujet de cette demande"


class EnquiryCall(models.Model):
    """A call and its enquiry, as long as the words of calls are kept."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="phone_calls", verbose_name="demande")
    call = models.OneToOneField(PhoneCall, on_delete=models.CASCADE, related_name="led_to", verbose_name="appel")
    kind = models.CharField("lien", max_length=8, choices=CallLink)
    made_at = models.DateTimeField("noté le", default=timezone.now)

    class Meta:
        verbose_name = "appel d’une demande"
        verbose_name_plural = "appels d’une demande"

    def __str__(self) -> str:
        return f"appel {self.get_kind_display()}"
