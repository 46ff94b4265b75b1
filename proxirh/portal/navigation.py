"""Where each actor goes, and the links around every page: pure data from the actor, no query."""

from django.conf import settings

from proxirh.enquiries.permissions import reads_figures
from proxirh.scheduling.permissions import keeps_agenda, sees_rosters_daily
from proxirh.territories.actor import Actor
from proxirh.territories.permissions import can_run_directory, rescues_colleagues
from proxirh.ui.chrome import Chrome, Link, page_address

PUBLIC_PAGES = (
    ("Aide immédiate", "portal:urgent_help"),
    ("Le réseau qui vous accompagne", "portal:network"),
    ("Carte du service", "portal:map"),
    ("Accessibilité\u00a0: non conforme", "portal:accessibility"),
    ("Données personnelles", "privacy:notice"),
    ("Mentions légales", "portal:legal"),
)
# Pages of an académie that are not below its own.
LISTENING = ("/collegues/ecoute/",)
OF_AN_ACADEMY = (
    *("/collegues/cellules/", "/collegues/perimetres/", "/collegues/calendrier/", "/collegues/ce-soir/"),
    *("/collegues/interlocuteurs/", "/collegues/rendez-vous/"),
)
VISITS = ("/visites/",)
# Where one’s own half-days lead.
ROSTERS = ("/lignes/",)
# Pages that the morning of a coordination leads to.
OF_A_MORNING = ("/collegues/charge/", "/collegues/absence/", "/collegues/departs/")


def works_at_desk(actor: Actor) -> bool:
    """True for whoever receives enquiries, or coordinates those who do."""
    return actor.second_factor and bool(actor.teams or actor.answers_for)


def home_of(actor: Actor) -> str:
    """Name of the page where this actor's day begins; the public home for whoever has none."""
    if actor.second_factor and actor.answers_for:
        return "enquiries:morning"
    if works_at_desk(actor):
        return "enquiries:desk"
    if actor.answers_phone:
        return "enquiries:line"
    if reads_figures(actor):
        return "steering:figures"
    if actor.second_factor and actor.cells:
        return "enquiries:cell"
    if actor.is_signed_in and not actor.is_staff:
        return "enquiries:space"
    return "portal:home"


def _link(label: str, name: str, path: str, *, icon: str = "", also: tuple[str, ...] = ()) -> Link:
    """A link, current on its own page and below it, and below those that it also leads to."""
    url = page_address(name)
    return Link(label, url, icon=icon, current=path == url or (url != "/" and path.startswith((url, *also))))


def _work_of_the_day(actor: Actor, path: str) -> list[Link]:
    """Where the day begins and goes on, for whoever works here."""
    links = []
    if actor.second_factor and actor.answers_for:
        links.append(_link("Ma matinée", "enquiries:morning", path, also=OF_A_MORNING))
    elif actor.second_factor and actor.heads:
        links.append(_link("Le service aujourd’hui", "enquiries:morning", path))
    if actor.answers_phone:
        links.append(_link("Ligne", "enquiries:line", path))
    if works_at_desk(actor):
        links.append(_link("Bureau", "enquiries:desk", path))
    if keeps_agenda(actor):
        links.append(_link("Agenda", "scheduling:agenda", path))
    elif actor.second_factor and actor.answers_for:
        links.append(_link("Permanences", "scheduling:permanences", path))
    if actor.answers_phone:
        beside = () if sees_rosters_daily(actor) else ROSTERS
        links.append(_link("Mes permanences téléphoniques", "scheduling:my_shifts", path, also=beside))
    if sees_rosters_daily(actor):
        links.append(_link("Plannings", "scheduling:rosters", path))
    return links


def navigation(actor: Actor, path: str) -> tuple[Link, ...]:
    """The main menu: first what the actor came for."""
    links = _work_of_the_day(actor, path)
    if actor.second_factor and actor.cells:
        links.append(_link("Réorientations", "enquiries:cell_referrals", path))
        links.append(_link("Questions", "enquiries:cell_questions", path))
        links.append(_link("Transmissions", "enquiries:cell", path))
    if actor.second_factor and (actor.answers_for or actor.heads):
        links.append(_link("Alertes", "enquiries:concerns", path, also=LISTENING))
    if actor.second_factor and actor.heads:
        links.append(_link("Réponses à valider", "enquiries:answers_to_validate", path))
    if reads_figures(actor):
        links.append(_link("Chiffres", "steering:figures", path))
    if actor.second_factor and actor.coordinates | actor.heads:
        links.append(_link("Votre académie", "territories:academies", path, also=OF_AN_ACADEMY))
    if can_run_directory(actor, None):
        links.append(_link("Annuaire national", "territories:directories", path))
    if rescues_colleagues(actor):
        links.append(_link("Second facteur perdu", "territories:find_colleague", path))
    if actor.hosts:
        links.append(_link("Permanences de mon établissement", "scheduling:hosted", path))
    if actor.is_staff:
        links.append(_link("Mes propres demandes", "enquiries:space", path))
        links.append(_link("Mes données", "privacy:mine", path))
        return tuple(links)
    if not actor.is_signed_in:
        links.append(_link("Accueil", "portal:home", path))
    links.append(_link("Demander de l’aide", "enquiries:ask", path))
    links.append(_link("Suivre ma demande", "enquiries:space", path))
    links.append(_link("Rencontres et visites", "scheduling:session_academies", path, also=VISITS))
    if actor.is_signed_in:
        links.append(_link("Mes données", "privacy:mine", path))
    return tuple(links)


def quick_links(actor: Actor, path: str) -> tuple[Link, ...]:
    """The way in, or the way out."""
    if actor.is_signed_in:
        out = Link("Se déconnecter", page_address("accounts:sign_out"), icon="fr-icon-logout-box-r-line", post=True)
        mails = _link("Mes courriels", "notifications:mine", path, icon="fr-icon-mail-line")
        mine = _link("Votre sécurité", "accounts:security", path, icon="fr-icon-lock-line")
        return (mails, mine, out) if actor.is_staff else (mails, out)
    return (_link("Se connecter", "accounts:sign_in", path, icon="fr-icon-account-circle-line"),)


def demo_links(path: str) -> tuple[Link, ...]:
    """The two pages of the demonstration, reached from every page of it and from nowhere else."""
    if not settings.PROXIRH_DEMO:
        return ()
    return (
        Link("Changer de personne", page_address("demo:home"), current=path == page_address("demo:home")),
        _link("Courriels", "demo:mailbox", path),
    )


def chrome_for(actor: Actor, path: str) -> Chrome:
    """Everything around a page."""
    return Chrome(
        home_url=page_address("portal:home"),
        quick_links=quick_links(actor, path),
        navigation=navigation(actor, path),
        footer_links=tuple(_link(label, name, path) for label, name in PUBLIC_PAGES),
        demo_links=demo_links(path),
        help_url=page_address("portal:urgent_help"),
        quick_exit_url=page_address("portal:leave"),
    )
