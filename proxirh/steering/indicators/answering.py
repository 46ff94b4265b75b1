"""Indicators of what was done for whoever asked, from the monthly counts."""

from functools import partial

from proxirh.enquiries import figures
from proxirh.enquiries.models.facts import OUTCOME_FAMILIES, Outcome
from proxirh.steering.indicators import measures
from proxirh.steering.indicators.asking import OUTCOMES
from proxirh.steering.indicators.shape import Indicator

ENDED = "Demandes terminées, parmi celles reçues dans la période\u00a0; une demande rouverte n’est plus terminée."
ANSWERED = "Demandes qui ont eu une première réponse, parmi celles reçues dans la période."
RATED = "Personnes qui ont donné une note, pour une demande reçue dans la période."
SEVERAL = "Plusieurs suites peuvent valoir pour une même demande."
_delay = partial(Indicator, unit="working day", unit_label="Jours ouvrés", section="delays")
_percent = partial(Indicator, unit="percent", unit_label="%")
_score = partial(Indicator, unit="score", unit_label="Note de 1 à 5", population=RATED, section="satisfaction")
WORKING = "Jours ouvrés du département de la personne\u00a0; plus de 60 jours comptent pour 61."
FIRST, WHOLE_TIME, SCORES = "delays.first_answer", "delays.handling", "satisfaction.score"

INDICATORS = (
    Indicator(
        id="outcomes.by_family",
        name="Suites données",
        definition=f"Ce qui a été fait de la demande, en trois familles. {SEVERAL}",
        formula="Nombre de demandes par famille, une fois par demande et par famille\u00a0; "
        "«\u00a0autre suite\u00a0», à part, n’entre pas dans les parts.",
        population=ENDED,
        unit="enquiry",
        unit_label="Demandes",
        section="outcomes",
        keys=OUTCOMES,
        apart=(figures.FAMILY_APART,),
        measure=measures.table("outcomes.by_family"),
    ),
    Indicator(
        id="outcomes.by_outcome",
        name="Suites données, dans le détail",
        definition=f"Ce qui a été fait de la demande, suite par suite. {SEVERAL}",
        formula="Nombre de demandes par suite\u00a0; celles qui ne sont d’aucune des trois familles sont à part.",
        population=ENDED,
        unit="enquiry",
        unit_label="Demandes",
        section="outcomes",
        keys={str(key): str(label) for key, label in Outcome.choices},
        apart=tuple(str(key) for key, family in OUTCOME_FAMILIES.items() if family == figures.FAMILY_APART),
        measure=measures.table("outcomes.by_outcome"),
    ),
    _delay(
        id="delays.first_answer_median_working_days",
        name="Première réponse, délai médian",
        definition="La moitié des personnes ont eu une réponse d’une personne dans ce délai. Un accusé de réception ou "
        "un appel sans réponse ne compte pas.",
        formula=f"Valeur du milieu\u00a0; moyenne des deux du milieu quand leur nombre est pair. {WORKING}",
        population=ANSWERED,
        decimals=1,
        measure=measures.spread(FIRST, lambda found: found.median),
    ),
    _delay(
        id="delays.first_answer_p90_working_days",
        name="Première réponse, neuf sur dix",
        definition="Neuf personnes sur dix ont eu une réponse d’une personne dans ce délai.",
        formula=f"Plus petit délai qui suffit à neuf sur dix. {WORKING}",
        population=ANSWERED,
        measure=measures.spread(FIRST, lambda found: found.p90),
    ),
    _percent(
        id="delays.first_answer_within_commitment",
        name="Première réponse, dans l’engagement",
        definition="Part des premières réponses données dans le délai que l’académie promet.",
        formula="100 × premières réponses à temps ÷ premières réponses, chaque académie selon son engagement.",
        population=ANSWERED,
        section="delays",
        measure=measures.share_in_time(FIRST),
    ),
    _delay(
        id="delays.handling_median_working_days",
        name="Durée du suivi, médiane",
        definition="La moitié des demandes terminées l’ont été dans ce délai, de la demande à la fin du suivi.",
        formula=f"Valeur du milieu\u00a0; moyenne des deux du milieu quand leur nombre est pair. {WORKING}",
        population=ENDED,
        decimals=1,
        measure=measures.spread(WHOLE_TIME, lambda found: found.median),
    ),
    _delay(
        id="delays.handling_p90_working_days",
        name="Durée du suivi, neuf sur dix",
        definition="Neuf demandes terminées sur dix l’ont été dans ce délai, de la demande à la fin du suivi.",
        formula=f"Plus petite durée qui suffit à neuf sur dix. {WORKING}",
        population=ENDED,
        measure=measures.spread(WHOLE_TIME, lambda found: found.p90),
    ),
    _score(
        id="satisfaction.mean",
        name="Satisfaction, note moyenne",
        definition="La note que donnent les personnes à ce qui a été fait pour elles, de 1 à 5.",
        formula="Somme des notes ÷ nombre de notes.",
        decimals=1,
        measure=measures.mean_score(SCORES),
    ),
    _score(
        id="satisfaction.mean_low",
        name="Satisfaction, bas de l’intervalle",
        definition="La note moyenne de toutes les personnes serait au-dessus, 95 fois sur 100 avec la suivante.",
        formula="Moyenne − 1,96 × écart type ÷ racine du nombre de notes, 1 au moins. Il faut deux notes.",
        decimals=1,
        measure=measures.mean_score(SCORES, bound=-1),
    ),
    _score(
        id="satisfaction.mean_high",
        name="Satisfaction, haut de l’intervalle",
        definition="La note moyenne de toutes les personnes serait au-dessous, 95 fois sur 100 avec la précédente.",
        formula="Moyenne + 1,96 × écart type ÷ racine du nombre de notes, 5 au plus. Il faut deux notes.",
        decimals=1,
        measure=measures.mean_score(SCORES, bound=1),
    ),
    _percent(
        id="satisfaction.response_rate",
        name="Satisfaction, part de réponses",
        definition="Parmi les demandes terminées, part de celles pour lesquelles une note a été donnée.",
        formula="100 × notes ÷ demandes terminées.",
        population=ENDED,
        section="satisfaction",
        measure=measures.rate(SCORES, among=WHOLE_TIME),
    ),
)
