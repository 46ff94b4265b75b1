"""The appointments of an enquiry, which themselves know nothing of it."""

from collections.abc import Collection
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from proxirh.enquiries.models.enquiry import Enquiry


class EnquiryAppointmentQuerySet(QuerySet["EnquiryAppointment"]):
    """Ids only: which series is of which enquiry, whose own doors say who reads it."""

    def of_series(self, series: Collection[UUID]) -> Self:
        """Those of these series."""
        return self.filter(series__in=series)

    def of_outer_row(self) -> Self:
        """That of an appointment of the query around."""
        return self.filter(series=OuterRef("series"))

    def behind(self, appointments: QuerySet) -> Self:
        """Whose appointment, the latest of `appointments`, has changed since the enquiry followed it."""
        latest = appointments.filter(series=OuterRef("series")).order_by("-sequence").values("sequence")[:1]
        return self.annotate(latest=Subquery(latest)).filter(latest__gt=F("followed"))

    def met_outside(self, appointments: QuerySet, following: QuerySet) -> Self:
        """Whose appointment, one of `appointments`, is with somebody, `host`, for whom `following` holds nothing."""
        met = appointments.filter(series=OuterRef("series")).order_by().values("person")[:1]
        return self.annotate(host=Subquery(met)).filter(~Exists(following), host__isnull=False)


class EnquiryAppointment(models.Model):
    """One series of appointments, whatever it is moved to, taken for one enquiry."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.CASCADE, related_name="meetings", verbose_name="demande")
    series = models.UUIDField("suite de rendez-vous", unique=True)
    # Moved or cancelled by its link, an appointment knows of no enquiry to tell: the clock compares.
    followed = models.PositiveSmallIntegerField("rang suivi", default=0)

    objects = EnquiryAppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = "rendez-vous d’une demande"
        verbose_name_plural = "rendez-vous des demandes"

    def __str__(self) -> str:
        return f"rendez-vous d’une demande {self.pk}"
