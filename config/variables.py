"""Every variable of the environment that the program knows, as `docs/configuration.md` tells it."""

from dataclasses import dataclass

from config.keeping import DELAYS


@dataclass(frozen=True, slots=True)
class Variable:
    """One documented setting; `default` is the text shown in the documentation."""

    name: str
    default: str
    meaning: str


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "PROXIRH_MODE",
        "`local`, ou le mode noté dans le dossier de données",
        "`local`, `demo` ou `production`. La démonstration refuse une base remplie sans elle ; "
        "la production refuse une base de démonstration.",
    ),
    Variable(
        "PROXIRH_DATA_DIR",
        "`var`",
        "Dossier de la base SQLite, des fichiers déposés et, hors production, des clés.",
    ),
    Variable(
        "PROXIRH_DATABASE_URL",
        "SQLite dans le dossier de données",
        "Moteur de base de données, par exemple `postgres://nom:secret@hôte:5432/proxirh`.",
    ),
    Variable("PROXIRH_PORT", "`8000`", "Port d’écoute du serveur web."),
    Variable(
        "PROXIRH_BASE_URL",
        "`http://localhost:PORT`",
        "Adresse publique, écrite dans les courriels. Une adresse qui n’est pas locale exige le mode `production` et "
        "`https`.",
    ),
    Variable(
        "PROXIRH_SECRET_KEY",
        "fabriquée dans le dossier de données hors production",
        "Secret de signature des cookies, 50 caractères au moins. Obligatoire en production.",
    ),
    Variable(
        "PROXIRH_KEYS_FILE",
        "`cles.json` du dossier de données hors production",
        "Fichier des clés de chiffrement. Obligatoire en production, hors du dossier de données.",
    ),
    Variable(
        "PROXIRH_SMTP_URL",
        "courriels écrits dans le dossier de données hors production",
        "Serveur d’envoi : `smtp://nom:secret@hôte:587?tls=starttls`, `smtps://…` ou `smtp://hôte:25`. "
        "Obligatoire en production.",
    ),
    Variable(
        "PROXIRH_MAIL_FROM",
        "`ProxiRH <ne-pas-repondre@localhost>`",
        "Adresse d’expéditeur des courriels.",
    ),
    Variable(
        "PROXIRH_MAIL_RETURNS",
        "rien : les avis de non-remise ne sont pas lus",
        "Adresse où reviennent les avis de non-remise, par exemple `retours@rh.exemple.fr`. Le serveur de courriel en "
        "accepte les extensions (`retours+…@`) et donne les messages à `manage.py read_bounces`.",
    ),
    Variable(
        "PROXIRH_DPO_MAIL",
        "hors production, `protection-des-donnees@localhost`",
        "Adresse du délégué à la protection des données, témoin des accès exceptionnels là où l’académie n’a pas "
        "d’autre coordonnateur. Vide en production : un tel accès est alors refusé.",
    ),
    Variable(
        "PROXIRH_TRUSTED_PROXIES",
        "`0`",
        "Nombre de serveurs mandataires de confiance devant l’application ; l’adresse du client "
        "se compte à partir de la droite de `X-Forwarded-For`.",
    ),
    Variable(
        "PROXIRH_OIDC_ISSUER",
        "vide : pas de fournisseur d’identité",
        "Adresse de l’émetteur OpenID Connect (ProConnect ou académie).",
    ),
    Variable("PROXIRH_OIDC_CLIENT_ID", "vide", "Identifiant du client OpenID Connect."),
    Variable("PROXIRH_OIDC_CLIENT_SECRET", "vide", "Secret du client OpenID Connect."),
    Variable(
        "PROXIRH_OIDC_SECOND_FACTOR",
        "vide : le fournisseur ne tient pas lieu de second facteur",
        "Ce qui, dans le jeton signé du fournisseur, vaut second facteur : mots séparés par des espaces, "
        "`acr:VALEUR` ou `amr:VALEUR`, par exemple `acr:eidas2 amr:mfa`.",
    ),
    Variable(
        "PROXIRH_ERASURE_REGISTER",
        "`effacements.txt` du dossier de données",
        "Fichier où chaque effacement laisse une ligne, sans nom ni contenu, pour être refait après la restauration "
        "d’une sauvegarde. De préférence sur un autre disque que la base, et copié à part.",
    ),
    Variable(
        "PROXIRH_CLAMD",
        "vide : pas d’antivirus",
        "Adresse de ClamAV : un chemin (`/run/clamav/clamd.ctl`) ou `hôte:3310`. Alors aucun fichier joint ne "
        "s’ouvre avant d’avoir été analysé. Sans elle, chacun s’ouvre aussitôt.",
    ),
    Variable(
        "PROXIRH_SMS_SENDER",
        "vide : pas de SMS ; `fichier` en démonstration",
        "Fonction Python qui envoie un SMS : `module.fonction`, appelée `fonction(numéro, texte)`, qui lève une "
        "exception quand rien n’est parti. `fichier` écrit `sms.jsonl` dans le dossier de données (jamais en "
        "production). Sans elle, aucun rappel par SMS n’est proposé.",
    ),
    Variable(
        "PROXIRH_THEME",
        "`etat`",
        "`etat` (bloc-marque et Marianne, réservés aux services de l’État) ou `neutre`.",
    ),
    *(Variable(kept.name, kept.default, f"En jours. {kept.meaning}") for kept in DELAYS),
)
NAMES = frozenset(variable.name for variable in VARIABLES)
