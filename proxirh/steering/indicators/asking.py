"""Indicators of what is asked and of whoever asks, from the monthly counts."""

from functools import partial

from proxirh.enquiries import figures
from proxirh.steering.indicators import measures
from proxirh.steering.indicators.shape import Indicator

RECEIVED = (
    "Demandes reçues dans la période, comptées au jour où la personne a demandé. "
    "Deux demandes réunies comptent pour une."
)
NOTED = "Échanges éclair de la période, comptés au jour où la question a été posée, jamais ajoutés aux demandes."
TOPICS = {
    "1": "projet professionnel",
    "2": "difficultés professionnelles",
    "3": "santé et qualité de vie au travail",
    "4": "aide aux dossiers",
    "5": "projet de formation",
    "6": "appui managérial",
    "7": "autre",
    "8": "question de gestion",
}
FAMILIES = {
    "1d": "enseignants du premier degré",
    "2d": "enseignants du second degré et éducation",
    "biatss": "BIATSS",
    "encadrement": "encadrement",
}
CHANNELS = {
    "web": "site",
    "email": "e-mail",
    "phone": "téléphone",
    "permanence": "permanence",
    "letter": "courrier",
    "relay": "relais",
}
SEXES = {"F": "femmes", "M": "hommes", "unknown": "sans réponse"}
AGES = {
    "under_40": "moins de 40 ans",
    "40_49": "40 à 49 ans",
    "50_and_over": "50 ans et plus",
    "unknown": "sans réponse",
}
OUTCOMES = {
    "information": "information individuelle ou collective",
    "internal_referral": "orientation vers un interlocuteur de l’éducation nationale",
    "external_referral": "orientation vers un interlocuteur externe",
    "other": "autre suite",
}
UNKNOWN = ("unknown",)
OPTIONAL = "Réponse facultative, donnée après l’envoi\u00a0; l’absence de réponse est à part."
_enquiry = partial(Indicator, unit="enquiry", unit_label="Demandes")
_requester = partial(Indicator, unit="enquiry", unit_label="Demandes", population=RECEIVED, section="requesters")
_quick = partial(Indicator, unit="exchange", unit_label="Échanges", population=NOTED, section="topics")

REQUESTERS = (
    _requester(
        id="requesters.by_category",
        name="Catégorie des demandeurs",
        definition="La famille de métiers de la personne qui demande.",
        formula="Nombre de demandes par famille\u00a0; une demande compte pour un demandeur.",
        keys=FAMILIES,
        measure=measures.table("requesters.by_category"),
    ),
    _requester(
        id="requesters.by_sex",
        name="Femmes et hommes parmi les demandeurs",
        definition=f"Le sexe de la personne qui demande. {OPTIONAL}",
        formula="Nombre de demandes par réponse\u00a0; une demande compte pour un demandeur.",
        keys=SEXES,
        apart=UNKNOWN,
        measure=measures.table("requesters.by_sex"),
    ),
    _requester(
        id="requesters.by_age",
        name="Âge des demandeurs",
        definition=f"La tranche d’âge de la personne qui demande. {OPTIONAL}",
        formula="Nombre de demandes par tranche\u00a0; une demande compte pour un demandeur.",
        keys=AGES,
        apart=UNKNOWN,
        measure=measures.table("requesters.by_age"),
    ),
)
ENQUIRIES = (
    _enquiry(
        id="enquiries.total",
        name="Demandes reçues",
        definition="Combien de demandes ont été faites, par quelque chemin que ce soit.",
        formula="Nombre de demandes.",
        population=RECEIVED,
        section="topics",
        measure=measures.size(figures.TOPICS),
    ),
    _enquiry(
        id="enquiries.by_topic",
        name="Types de demande",
        definition="De quoi il est question, selon le type retenu au dernier codage.",
        formula="Nombre de demandes par type\u00a0; les types 6 à 8, à part, n’entrent pas dans les parts.",
        population=RECEIVED,
        section="topics",
        keys=TOPICS,
        apart=figures.BRANCHES_APART,
        measure=measures.table(figures.TOPICS, fold=figures.topics_by_branch),
    ),
    _enquiry(
        id="enquiries.by_subtopic",
        name="Types de demande, dans le détail",
        definition="De quoi il est question, au plus précis. Un type sans détail est celui d’une demande codée ainsi.",
        formula="Nombre de demandes par type détaillé\u00a0; les types 6 à 8, à part, n’entrent pas dans les parts.",
        population=RECEIVED,
        section="topics",
        rows="chaque type détaillé de la nomenclature",
        measure=measures.subtopics(figures.TOPICS),
    ),
    _enquiry(
        id="enquiries.by_channel",
        name="Canal",
        definition="Le chemin par lequel la demande est arrivée.",
        formula="Nombre de demandes par canal.",
        population=RECEIVED,
        section="topics",
        keys=CHANNELS,
        measure=measures.table("enquiries.by_channel"),
    ),
    _enquiry(
        id="enquiries.by_month",
        name="Demandes par mois",
        definition="Combien de demandes ont été faites chaque mois.",
        formula="Nombre de demandes par mois.",
        population=RECEIVED,
        section="topics",
        rows="chaque mois de la période",
        measure=measures.by_month(figures.TOPICS),
    ),
)
EXCHANGES = (
    _quick(
        id="quick.by_topic",
        name="Échanges éclair, par type",
        definition="De quoi il était question dans ce qui a été répondu sur place et compté sans nom.",
        formula="Nombre d’échanges par type\u00a0; les types 6 à 8, à part, n’entrent pas dans les parts.",
        keys=TOPICS,
        apart=figures.BRANCHES_APART,
        measure=measures.table(figures.QUICK_TOPICS, fold=figures.topics_by_branch),
    ),
    _quick(
        id="quick.by_category",
        name="Échanges éclair, par catégorie",
        definition="La famille de métiers de qui a posé la question sur place.",
        formula="Nombre d’échanges par famille.",
        keys=FAMILIES,
        measure=measures.table("quick.by_category"),
    ),
    _quick(
        id="quick.by_family",
        name="Échanges éclair, suites données",
        definition="Ce qui a été répondu sur place.",
        formula="Nombre d’échanges par famille\u00a0; «\u00a0autre suite\u00a0», à part, n’entre pas dans les parts.",
        keys=OUTCOMES,
        apart=(figures.FAMILY_APART,),
        measure=measures.table("quick.by_family"),
    ),
)
INDICATORS = (*REQUESTERS, *ENQUIRIES, *EXCHANGES)
