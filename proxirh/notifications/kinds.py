"""The one registry of kinds of notice: every mail that may be queued, what it is, for whom, and whether it can be
refused. A letter of a kind that is not here makes the suite fail.

What protects someone (codes, changes of a way in, exceptional access), what proves that her words arrived, what
announces an erasure, and the alarms of the service cannot be refused.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Reader(StrEnum):
    """Whom a mail is for."""

    AGENT = "agent"
    STAFF = "professionnel"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice.

    `name` and `why` are said to its readers, and stand in digests: never a topic, never a word about the person.
    `page` is where the thing is read, of one thing (`by_thing`) or of all. Urgent kinds pass through quiet hours.
    """

    code: str
    reader: Reader
    name: str
    why: str
    page: str = ""
    by_thing: bool = False
    is_refusable: bool = False
    is_urgent: bool = False
    templates: tuple[str, ...] = ()

    @property
    def is_sorted(self) -> bool:
        """True when what its reader chose may change its hour, or stop it."""
        return self.is_refusable or (self.reader == Reader.STAFF and not self.is_urgent)

    @property
    def files(self) -> tuple[str, ...]:
        """Its templates."""
        return self.templates or (f"enquiries/mails/{self.code}.txt",)


FOLLOW, DESK, ENQUIRY = "enquiries:follow", "enquiries:desk", "enquiries:enquiry"
SHIFTS, ROSTERS = "scheduling:my_shifts", "scheduling:rosters"


def _always(code: str, reader: Reader, name: str, why: str, *templates: str, is_urgent: bool = False) -> Kind:
    return Kind(code, reader, name, why, is_urgent=is_urgent, templates=templates)


def _to_author(code: str, name: str, why: str) -> Kind:
    return Kind(code, Reader.AGENT, name, why, page=FOLLOW, by_thing=True, is_refusable=True)


def _to_staff(code: str, name: str, why: str, page: str = ENQUIRY) -> Kind:
    return Kind(code, Reader.STAFF, name, why, page=page, by_thing=page == ENQUIRY, is_refusable=True)


def _of_roster(code: str, name: str, why: str, page: str) -> Kind:
    return replace(_to_staff(code, name, why, page), templates=(f"scheduling/mails/{code}.txt",))


def _of_agenda(code: str, reader: Reader, name: str, why: str, page: str = "") -> Kind:
    """Those for the service may be refused: what they tell of also stands on a page."""
    return Kind(
        code, reader, name, why, page=page, is_refusable=bool(page), templates=(f"scheduling/mails/{code}.txt",)
    )


AGENT, STAFF = Reader.AGENT, Reader.STAFF
_ALL = (
    # ── Ways in ───────────────────────────────────────────────────────────────────────────────────
    _always("code", AGENT, "Code de connexion", "Vous en demandez un.", "accounts/mails/code.txt", is_urgent=True),
    _always(
        "second-factor",
        STAFF,
        "Sécurité de votre accès",
        "Une façon d’entrer change : si ce n’est pas vous, il faut le savoir aussitôt.",
        "accounts/mails/factor_changed.txt",
        "accounts/mails/factor_reset.txt",
        is_urgent=True,
    ),
    # ── Agents: what always comes ─────────────────────────────────────────────────────────────────
    _always("acknowledgement", AGENT, "Accusé de réception", "Votre demande est bien arrivée."),
    _always("created_for_you", AGENT, "Demande créée pour vous", "Quelqu’un du service l’a saisie avec vous."),
    _always("draft_link", AGENT, "Lien pour reprendre un brouillon", "Vous le demandez."),
    _always("claimed_elsewhere", AGENT, "Votre adresse n’est plus suivie", "Une demande en suit une autre."),
    _always("address_replaced", AGENT, "Votre adresse est remplacée", "Une demande en suit une autre."),
    _always("exceptional_access", AGENT, "Accès exceptionnel", "Quelqu’un d’autre a ouvert votre demande."),
    _always("expiring", AGENT, "Effacement annoncé", "Votre demande sera bientôt effacée."),
    _always("expired", AGENT, "Effacement fait", "Votre demande est effacée."),
    _always("notes_ready", AGENT, "Notes demandées", "La réponse à votre demande de notes est prête."),
    _always("referral_for_author", AGENT, "Une mise en relation", "Rien ne part sans votre accord."),
    _always("news_for_author", AGENT, "Du nouveau sur votre demande", "Rien ne part ailleurs sans votre accord."),
    *(
        _always(f"appointment_{code}", AGENT, name, why, f"scheduling/mails/appointment_{code}.txt")
        for code, name, why in (
            ("booked", "Rendez-vous confirmé", "Vous l’avez pris : le jour, l’heure et le lieu."),
            ("moved", "Rendez-vous déplacé", "Le nouveau jour et la nouvelle heure."),
            ("cancelled", "Rendez-vous annulé", "Pour ne pas vous déplacer pour rien."),
            ("missed", "Un autre moment", "Nous n’avons pas pu nous parler."),
            ("reminder", "Rappel d’un rendez-vous", "Il se refuse sur la page du rendez-vous."),
        )
    ),
    # ── Agents: what may be refused ───────────────────────────────────────────────────────────────
    _to_author("taken", "Quelqu’un s’occupe de votre demande", "Une personne l’a prise en main."),
    _to_author("absent", "La personne qui suit votre demande est absente", "Une autre personne va la reprendre."),
    _to_author("given_back", "Une autre personne va suivre votre demande", "Elle change de mains."),
    _to_author("message_for_author", "Un message vous attend", "On vous a écrit, ou proposé un compte rendu."),
    _to_author("waiting_for_you", "Nous attendons quelque chose de vous", "Une réponse de vous est nécessaire."),
    _to_author("waiting_for_date", "Votre demande attend une date", "Nous reprendrons ce jour-là."),
    _to_author("cell_answered", "Vous avez une réponse à lire", "On vous a répondu."),
    _to_author("merged", "Vos deux demandes sont réunies", "Elles se suivent maintenant sur une seule page."),
    _to_author("closed", "Le suivi de votre demande est terminé", "Un mot de fin vous attend."),
    _to_author("contact_question", "Une question vous attend", "Un clic suffit pour y répondre."),
    _to_author("kind_word", "Nous sommes toujours là", "Nous attendons votre réponse, sans rien qui presse."),
    # ── Professionals: alarms and promises, never refused ─────────────────────────────────────────
    _always(
        "call_today", STAFF, "À rappeler aujourd’hui", "Une personne demande à être rappelée ce jour.", is_urgent=True
    ),
    _always("concern", STAFF, "Situation préoccupante", "Quelqu’un a besoin de vous tout de suite.", is_urgent=True),
    _always("concern_received", STAFF, "Accusé de réception d’une alerte", "Quelqu’un a répondu.", is_urgent=True),
    _always("cell_alert", STAFF, "Quelque chose attend votre équipe", "Une réponse est promise sous 48 heures."),
    _always("cell_late", STAFF, "Une réponse promise est en retard", "Les 48 heures sont passées."),
    _always("referral_for_cell", STAFF, "Une réorientation attend votre cellule", "Une réponse est attendue de vous."),
    _always("question_for_cell", STAFF, "Une question attend votre cellule", "Un collègue attend votre avis."),
    _always("referral_to_validate", STAFF, "Une réponse attend votre validation", "Personne ne la reçoit avant."),
    _always("referral_for_partner", STAFF, "Une question à un interlocuteur externe", "Il n’a pas de compte ici."),
    _always("nobody_free", STAFF, "Une demande sans équipe possible", "Personne ne peut la recevoir sur place."),
    _always("rerouted", STAFF, "Une demande est confiée à une autre équipe", "Personne ne pouvait la recevoir."),
    _always("witness", STAFF, "Témoin d’un accès exceptionnel", "La règle veut une deuxième personne.", is_urgent=True),
    _always("disowned", STAFF, "Une adresse est à vérifier", "Qui la lit n’est pas la personne attendue."),
    _always("late_for_counsellor", STAFF, "Une date est passée", "Une personne attend toujours."),
    _always("late_for_coordination", STAFF, "Une demande attend toujours", "Une date promise est passée."),
    _always("late_for_head", STAFF, "Des demandes attendent toujours", "Elles attendent depuis longtemps."),
    _always("promise_late", STAFF, "Un rappel promis est en retard", "Quelqu’un attend d’être rappelé."),
    _always("promise_late_for_heads", STAFF, "Un rappel promis n’est pas fait", "Une date promise est passée."),
    _always("notes_to_review", STAFF, "Des notes à relire", "Une personne les a demandées : réponse en un mois."),
    _always("notes_late", STAFF, "Une demande de notes est en retard", "Le mois est passé."),
    _always("expiring_for_staff", STAFF, "Une demande sera bientôt effacée", "Sans contact depuis longtemps."),
    # ── Professionals: what may be refused ────────────────────────────────────────────────────────
    _to_staff("team_alert", "Une demande attend votre équipe", "Elle est aussi dans votre bureau.", DESK),
    _to_staff("message_for_staff", "Un message vous attend", "Une personne que vous suivez a écrit."),
    _to_staff("referral_for_staff", "Du nouveau dans une mise en relation", "Une personne que vous suivez y est."),
    _to_staff("question_for_staff", "Du nouveau pour un avis demandé", "Une cellule a répondu, ou tarde."),
    _to_staff("changed_for_staff", "Du nouveau sur une demande", "Une personne que vous suivez change de lieu."),
    _to_staff("proposed", "Une demande vous est proposée", "Un collègue ou la coordination vous la confie."),
    _to_staff("invited", "Une demande à suivre à deux", "Un collègue vous y invite."),
    _to_staff("reassigned", "Une demande change de mains", "Vous ne la suivez plus.", "enquiries:notes_aside"),
    _to_staff("relieved", "Des demandes ont changé de mains", "D’autres vous relaient.", "enquiries:relieved"),
    _to_staff("contact_corrected", "Un numéro a changé", "Lisez le nouveau avant d’appeler."),
    _to_staff("reopened", "Une demande est rouverte", "La personne la rouvre."),
    _to_staff("withdrawn", "Une demande est retirée", "La personne n’en a plus besoin.", DESK),
    _to_staff("expired_for_staff", "Une demande est effacée", "Rien ne s’y passait plus.", DESK),
    # ── Agenda ────────────────────────────────────────────────────────────────────────────────────
    _to_staff("slots_missing", "Des rendez-vous manquent", "Une équipe n’en propose aucun.", "enquiries:morning"),
    Kind(
        "appointment_for_staff", STAFF, "Votre agenda a changé", "Un rendez-vous est pris, déplacé ou annulé.",
        page="scheduling:agenda", is_refusable=True, templates=("scheduling/mails/appointment_for_staff.txt",),
    ),
    # ── Professionals: the roster of a telephone line, may be refused ──────────────────────────────
    _of_roster("duty_changed", "Votre planning a changé", "Vos permanences téléphoniques ont changé.", SHIFTS),
    _of_roster("swap_asked", "Un échange vous est proposé", "Vous pouvez l’accepter, ou ne rien faire.", SHIFTS),
    _of_roster("swap_settled", "Votre échange a une réponse", "On a répondu à ce que vous proposez.", SHIFTS),
    _of_roster("roster_holes", "Il manque du monde dans un planning", "Il reste trois semaines au plus.", ROSTERS),
    _of_agenda("session_for_agent", AGENT, "Du nouveau sur une rencontre", "Vous y avez une place, ou vous attendez."),
    _of_agenda("visit_for_agent", AGENT, "Une réponse à votre demande de visite", "Vous avez demandé une visite."),
    _of_agenda("permanence_for_host", AGENT, "Du nouveau sur une permanence", "Vous avez proposé une salle."),
    _of_agenda(
        "permanence_for_staff", STAFF, "Une permanence en établissement", "Proposée, confiée ou annulée.",
        "scheduling:permanences",
    ),
    _of_agenda(
        "session_for_staff", STAFF, "Une de vos rencontres est annulée",
        "La coordination ou la direction du service l’annule.", "scheduling:sessions",
    ),
    _of_agenda("visit_for_staff", STAFF, "Une demande de visite", "Demandée ou retirée.", "scheduling:visits"),
    # ── Of this app ───────────────────────────────────────────────────────────────────────────────
    _always(
        "digest", STAFF, "Récapitulatif du jour", "Ce que vous avez choisi de recevoir en une fois.",
        "notifications/mails/digest.txt",
    ),
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
DIGEST = "digest"


def refusable(*readers: Reader) -> list[Kind]:
    """What these readers may refuse, in the order of the registry."""
    return [kind for kind in _ALL if kind.is_refusable and kind.reader in readers]


def always_sent(*readers: Reader) -> list[Kind]:
    """What these readers cannot refuse."""
    return [kind for kind in _ALL if not kind.is_refusable and kind.reader in readers and kind.code != DIGEST]
