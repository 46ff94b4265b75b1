"""Invented words of agents and of counsellors, put together from short sentences; no one ever wrote them."""

import random

GREETINGS = ("Bonjour,", "Bonjour madame, bonjour monsieur,", "Madame, Monsieur,", "Bonjour,", "")
THANKS = (
    "Merci d’avance de votre aide.",
    "Merci.",
    "Je vous remercie du temps que vous voudrez bien m’accorder.",
    "Bien cordialement.",
    "Dans l’attente de votre réponse, je vous remercie.",
    "",
)
SITUATION = (
    "Je suis en poste depuis {years} ans dans le même établissement.",
    "J’exerce à {share} % depuis la rentrée.",
    "J’ai {years} ans d’ancienneté.",
    "Je viens d’arriver dans le département.",
    "Je suis remplaçante depuis {years} ans.",
    "",
)
OPENINGS: dict[str, tuple[str, ...]] = {
    "1": (
        "Je voudrais changer d’académie à la prochaine rentrée et je ne sais pas par où commencer.",
        "Je réfléchis à une reconversion, peut-être hors de l’enseignement.",
        "Je souhaite préparer un concours de personnel de direction.",
        "J’aimerais faire le point sur mes compétences avant de décider quoi que ce soit.",
        "On me propose un détachement et je voudrais en mesurer les conséquences.",
        "Je cherche un poste administratif plus proche de chez moi.",
    ),
    "2": (
        "Les relations dans l’équipe se sont beaucoup tendues depuis quelques mois.",
        "Mon service a été réorganisé et je ne trouve plus ma place.",
        "Un parent d’élève a écrit sur moi des choses fausses sur un réseau social.",
        "Je suis en désaccord répété avec ma hiérarchie sur mon emploi du temps.",
        "Je ne me sens plus soutenue et j’ai besoin d’en parler à quelqu’un d’extérieur.",
        "Une classe est devenue très difficile à tenir et je m’épuise.",
    ),
    "3": (
        "Je reviens d’un congé de longue maladie et je m’inquiète de la reprise.",
        "Je dors mal depuis plusieurs semaines et je pense sans cesse au travail.",
        "Je viens d’obtenir une reconnaissance de handicap et je voudrais un aménagement de poste.",
        "Ma situation familiale a changé et je n’arrive plus à tout concilier.",
        "J’ai des difficultés financières passagères et je ne sais pas vers qui me tourner.",
        "Ma voix me lâche, mon médecin parle d’un reclassement.",
    ),
    "4": (
        "Je prépare ma demande de mutation et je voudrais vérifier mon barème.",
        "Je souhaite comprendre pourquoi ma promotion n’est pas passée.",
        "Je constitue mon dossier de retraite et il me manque des relevés.",
        "Je voudrais faire relire ma lettre de candidature à un poste à profil.",
        "J’ai une question sur les vœux larges du mouvement.",
        "Je pars à la retraite dans deux ans et je voudrais connaître le calendrier.",
    ),
    "5": (
        "Je voudrais utiliser mon compte personnel de formation pour un diplôme universitaire.",
        "J’ai un projet de congé de formation professionnelle pour l’an prochain.",
        "Je cherche une formation du programme académique sur l’inclusion.",
        "Je souhaite préparer l’agrégation interne et je voudrais des informations sur les aides.",
        "Peut-on se former à distance sur le temps de service ?",
    ),
    "6": (
        "Je dirige une petite équipe et je voudrais un avis extérieur sur une situation tendue.",
        "Deux collègues ne se parlent plus ; je cherche comment les aider sans prendre parti.",
        "Je dois annoncer une réorganisation et je voudrais m’y préparer.",
        "Un collègue revient après une longue absence, comment préparer son retour ?",
    ),
    "7": (
        "Je ne sais pas si c’est bien à vous que je dois écrire.",
        "Ma question ne rentre dans aucune case, mais j’ai besoin d’un conseil.",
        "Je voudrais parler à quelqu’un, sans savoir encore ce que j’attends.",
    ),
    "8": (
        "Je ne comprends pas une retenue sur ma paie du mois dernier.",
        "Je n’ai pas reçu mon arrêté de temps partiel.",
        "Mon supplément familial a disparu de ma fiche de paie.",
        "Je voudrais savoir combien de jours de congé il me reste.",
        "Mon changement d’échelon n’apparaît pas encore.",
    ),
}
VIOLENCE = (
    "J’ai été insultée à plusieurs reprises devant témoins et je veux que cela cesse.",
    "Je subis des remarques déplacées depuis plusieurs mois. J’ai gardé des traces.",
    "Un collègue m’a menacée. Je n’ose plus aller en salle des professeurs.",
)
DETAILS = (
    "J’ai déjà lu les pages du site, mais je m’y perds.",
    "Je préfère en parler de vive voix.",
    "Un courriel me suffirait pour commencer.",
    "Ce n’est pas urgent, mais j’aimerais avancer avant les vacances.",
    "La date limite approche et cela m’inquiète.",
    "J’ai déjà posé la question ailleurs, sans réponse.",
    "Je ne souhaite pas que cela se sache dans mon établissement.",
    "Je peux me déplacer si besoin.",
)
STAFF_ANSWERS = (
    "Bonjour, j’ai bien lu votre demande et je m’en occupe. Je vous propose de vous appeler jeudi en fin de journée.",
    "Bonjour, merci de votre message. Voici les trois textes utiles et le calendrier de l’académie.",
    "Bonjour, pour avancer, pouvez-vous me dire depuis quand vous êtes titulaire de votre poste ?",
    "Bonjour, je suis votre interlocuteur. Nous pouvons nous voir à ma permanence ou nous parler au téléphone.",
    "Bonjour, j’ai interrogé le service compétent ; je vous écris dès que j’ai sa réponse.",
    "Bonjour, votre projet est réalisable. Je vous joins la liste des pièces à réunir.",
    "Bonjour, je comprends que la situation pèse. Prenons le temps d’en parler, à l’heure qui vous convient.",
)
AGENT_ANSWERS = (
    "Merci beaucoup, c’est plus clair. Jeudi me convient.",
    "Merci de votre réponse rapide. Voici ce que vous me demandiez.",
    "Je suis disponible après 17 heures, sauf le mardi.",
    "J’ai retrouvé le document. Que dois-je faire ensuite ?",
    "Merci, je vais y réfléchir et je reviens vers vous.",
    "D’accord. Est-ce que mon chef de service sera informé ?",
    "J’ai bien eu la personne que vous m’aviez indiquée. Cela m’a aidée.",
)
SUMMARIES = (
    "Entretien de trente minutes. Le projet se précise, deux pistes à comparer.",
    "Point d’étape. Les pièces sont réunies sauf une attestation.",
    "Échange d’écoute. La personne souhaite d’abord du temps.",
    "Présentation des dispositifs, des délais et des interlocuteurs.",
    "Relecture du dossier ; corrections proposées.",
    "Prise de contact, besoin reformulé ensemble.",
)
ATTEMPTS = (
    "Appel sans réponse, pas de message laissé.",
    "Appel sans réponse ; message vocal neutre.",
    "Numéro occupé à deux reprises.",
)
NEXT_STEPS = (
    "Vous rappeler pour faire le point",
    "Vous envoyer la liste des pièces",
    "Recevoir l’avis du service compétent",
    "Préparer ensemble l’entretien",
    "Vérifier le calendrier et vous écrire",
    "Relire votre dossier",
)
AGENT_STEPS = (
    "Votre réponse à ma question",
    "Le document que vous deviez retrouver",
    "Vos disponibilités pour un entretien",
)
DATED_STEPS = (
    "Résultats du mouvement",
    "Retour de votre congé",
    "Réponse de la commission",
    "Publication de la liste des postes",
)
CLOSING_WORDS = (
    "Votre question a trouvé sa réponse. Vous pouvez rouvrir ce suivi à tout moment.",
    "Je vous souhaite une belle suite dans votre projet.",
    "Vous avez les coordonnées utiles. N’hésitez pas à revenir vers nous.",
    "",
)
NOTES = (
    "Elle hésite entre deux académies ; ne rien presser avant la fin du trimestre. Revoir le barème avec elle.",
    "Barème vérifié ce jour avec le service des mutations : les points de rapprochement de conjoint comptent.",
    "Préparer l’appel de la semaine prochaine : vœux larges, calendrier, pièces à joindre.",
)
NOTE_LEFT = "Premier entretien : projet encore vague, envie de bouger. Proposer un bilan avant de parler de concours."
WITHOUT_A_NAME = (
    "Depuis la rentrée, un collègue se moque de moi devant les élèves. Je ne veux pas encore dire qui je suis. "
    "Que puis-je faire, et que se passe-t-il si je vous en dis plus ?"
)
ATTACKED = (
    "Un parent d’élève a publié sur un réseau social des accusations fausses contre moi, avec mon nom. "
    "Je voudrais savoir qui peut m’aider à les faire retirer."
)
CELL_ANSWER = (
    "Bonjour, nous avons lu votre message et nous vous croyons. Gardez des captures d’écran datées. Nous vous appelons "
    "demain pour préparer avec vous la demande de protection fonctionnelle."
)
REFERRED = (
    "Professeure certifiée, elle a manqué la date des mutations pour une raison familiale, qu’elle peut prouver. "
    "Peut-elle encore demander, et avec quelles pièces ?"
)
REFERRED_ANSWER = (
    "Oui : une demande tardive est étudiée si la raison est postérieure à la date limite. Joindre la preuve et un "
    "courrier court, par la voie habituelle, avant la fin du mois."
)
ADVICE_GIVEN = (
    "La situation : une demande de temps partiel n’a pas été déposée dans les délais, pour une raison de santé.\n\n"
    "Ma question : peut-elle encore être étudiée, et avec quelles pièces ?"
)
ADVICE = "Oui, à titre exceptionnel, avec un avis du médecin de prévention et un courrier court qui dit depuis quand."
ADVICE_ASKED = (
    "La situation : un congé de formation est demandé par une personne en disponibilité.\n\n"
    "Ma question : faut-il d’abord être réintégré ?"
)
NOTES_ASKED_FOR = (
    "Détachement étudié ensemble : durée, retour, retraite. Elle compare avec une disponibilité.",
    "Demander au service des détachements si la date du 15 tient encore ; ne pas l’inquiéter avant la réponse.",
)
MOVING = (
    "Professeure certifiée, elle suit son conjoint en Gironde. Nous avons préparé ensemble sa demande de mutation ; "
    "il reste à choisir ses vœux et à joindre la preuve du rapprochement. Elle préfère être appelée le soir."
)
EXCLUDED_NAMES = ("Untel, du collège voisin", "Toute personne du service de gestion", "Madame Quelconque")
STRANGE = "Merci 🙏 — « très » bien… l’œuf & la <poule> : 100 % d’accord ! العربية"


def opening_words(rng: random.Random, branch: str, *, violence: bool = False) -> str:
    """What someone writes first."""
    pool = VIOLENCE if violence else OPENINGS[branch]
    situation = rng.choice(SITUATION).format(years=rng.randint(2, 28), share=rng.choice((50, 60, 80)))
    body = " ".join(part for part in (situation, rng.choice(pool), rng.choice(DETAILS)) if part)
    return "\n\n".join(part for part in (rng.choice(GREETINGS), body, rng.choice(THANKS)) if part)
