"""Invented content of the live sheet."""

import re
from pathlib import Path

from django import forms

from proxirh.ui.charts import bar_chart, line_chart, stacked_chart
from proxirh.ui.chrome import Chrome, Link, LinkGroup
from proxirh.ui.components import Cell, NextStep, SummaryRow, Table, TimelineItem
from proxirh.ui.forms import CodeField, DateField, FilesField, Form, Radios, TimeField

LONG = (
    "Direction des services départementaux de l’éducation nationale de la Seine-Saint-Denis, "
    "Anne-Constance Desmarets-Villeneuve de la Hautecombe"
)
CHROME = Chrome(
    home_url="/ui/",
    quick_links=(
        Link("Mon espace", "/ui/agent/", icon="fr-icon-user-line"),
        Link("Se connecter", "/ui/", icon="fr-icon-lock-line"),
    ),
    footer_links=(
        Link("Accessibilité : non évaluée", "/ui/#accessibilite"),
        Link("Mentions légales", "/ui/#mentions"),
        Link("Données personnelles", "/ui/#donnees"),
    ),
    help_url="/ui/#aide",
    quick_exit_url="/ui/agent/",
)
DESK_CHROME = Chrome(
    home_url="/ui/",
    quick_links=(
        Link("Camille Exemple", "/ui/bureau/", icon="fr-icon-account-circle-line"),
        Link("Se déconnecter", "/ui/", icon="fr-icon-logout-box-r-line", post=True),
    ),
    navigation=(
        Link("Bureau", "/ui/bureau/", current=True),
        Link("Chiffres", "/ui/#graphiques"),
        Link("Équipe", "/ui/#listes"),
    ),
    side_navigation=(
        LinkGroup(
            "Ma journée",
            (
                Link("Nouvelles", "/ui/bureau/", current=True, count=12, count_label="éléments"),
                Link("À rappeler aujourd’hui", "/ui/bureau/#a", count=3, count_label="éléments", urgent=True),
                Link("En attente d’une réponse", "/ui/bureau/#b", count=0, count_label="élément"),
                Link("Sans nouvelles depuis plus de dix jours ouvrés", "/ui/bureau/#c", count=1204),
            ),
        ),
        LinkGroup("Mon équipe", (Link("Absences", "/ui/bureau/#d"), Link("Charge", "/ui/bureau/#e"))),
    ),
    footer_links=CHROME.footer_links,
)


class SampleForm(Form):
    """One field of each kind."""

    name = forms.CharField(label="Votre nom", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label="Votre adresse électronique",
        help_text="Personnelle ou professionnelle. Celle de l’établissement est lue par d’autres.",
    )
    phone = forms.CharField(label="Votre téléphone", required=False, widget=forms.TelInput)
    place = forms.ChoiceField(
        label="Votre département",
        choices=[("", "Choisissez"), ("13", "Bouches-du-Rhône"), ("974", "La Réunion"), ("2A", "Corse-du-Sud")],
    )
    means = forms.ChoiceField(
        label="Comment souhaitez-vous être joint ou jointe ?",
        help_text="Vous pourrez changer d’avis.",
        choices=[("tel", "Par téléphone"), ("visio", "En visioconférence"), ("mail", "Par message")],
        widget=Radios(
            rich=True,
            hints={"tel": "Entre 8 h et 18 h, hors de vos heures de classe.", "mail": "Un courriel vous prévient."},
        ),
    )
    voice = forms.ChoiceField(
        label="Peut-on laisser un message vocal ?", choices=[("oui", "Oui"), ("non", "Non")], widget=Radios(inline=True)
    )
    times = forms.MultipleChoiceField(
        label="À quels moments ?",
        required=False,
        choices=[("am", "Le matin"), ("midi", "À midi"), ("pm", "L’après-midi")],
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(
        label="Vos mots",
        help_text="N’écrivez ici ni diagnostic, ni nom de collègue.",
        max_length=4000,
        widget=forms.Textarea,
    )
    on = DateField(label="À partir du", required=False)
    at = TimeField(label="Heure", required=False)
    code = CodeField(label="Code reçu par courriel", help_text="Six chiffres.")
    documents = FilesField(
        label="Pièces jointes", help_text="PDF ou image, 10 Mo au plus chacune.", required=False, max_files=3
    )
    agree = forms.BooleanField(
        label="J’ai lu comment mes données sont protégées", help_text="Vous pouvez revenir sur cet accord."
    )
    locked = forms.CharField(label="Académie", initial="Aix-Marseille", disabled=True, required=False)


def kitchen_sink() -> dict[str, object]:
    """Context of the live sheet."""
    return {
        "chrome": CHROME,
        "long": LONG,
        "icons": icons(),
        "form_wrong": SampleForm({"name": "x" * 90, "email": "moi@", "means": "pigeon", "words": "", "code": "12"}),
        "form_empty": SampleForm(prefix="vide"),
        "steps": (
            NextStep("Une conseillère ou un conseiller de votre équipe vous lit.", "Avant jeudi 12 mars, 23 h 59"),
            NextStep("Vous recevez un courriel qui dit qu’une réponse vous attend, sans rien en dévoiler."),
            NextStep("Vous décidez de la suite : message, appel ou rendez-vous."),
        ),
        "table": Table(
            caption="Rendez-vous de la semaine",
            header=("Quand", "Où", "État", "Durée"),
            rows=[
                ("lundi 9 mars", "DSDEN de Marseille", Cell("Confirmé", badge="success"), Cell("30 min", numeric=True)),
                (
                    Cell("mardi 10 mars", url="#tableaux"),
                    LONG,
                    Cell("Déplacé", badge="warning"),
                    Cell("1 h", numeric=True),
                ),
            ],
            footer=("Ensemble", "", "", Cell("1 h 30", numeric=True)),
            row_headers=True,
            numeric=frozenset({3}),
        ),
        "summary": (
            SummaryRow("Votre établissement", LONG, "#recapitulatif"),
            SummaryRow("Votre téléphone", "", "#recapitulatif"),
            SummaryRow("Vos mots", "Bonjour,\nje voudrais parler d’une mobilité.", "#recapitulatif"),
        ),
        "timeline": (
            TimelineItem("Votre message est arrivé", "lundi 9 mars, 8 h 12"),
            TimelineItem("Nora Exemple vous répond", "mardi 10 mars", "Bonjour,\nvoici une piste.", "Nora"),
            TimelineItem("Nous attendons votre réponse", "jusqu’au mardi 24 mars", state="current"),
            TimelineItem("Le suivi se termine quand vous le décidez", state="todo"),
        ),
        "filters": DESK_CHROME.side_navigation[0].links,
        "charts": (
            bar_chart(
                title="De quoi l’on parle",
                rows=[
                    ("Projet professionnel", 0.39),
                    ("Difficultés professionnelles, image et intégrité, violences, discriminations", 0.17),
                    ("Santé et qualité de vie au travail", 0.16),
                    ("Aide aux dossiers", 0.15),
                    ("Projet de formation", 0.14),
                ],
                share=True,
                label_header="Type",
                value_header="Part",
                description="Part de chaque type, mars 2027.",
                note="La somme fait 101 % à cause des arrondis.",
            ),
            stacked_chart(
                title="Catégories par trimestre",
                categories=["1er trimestre", "2e trimestre", "3e trimestre"],
                series={
                    "1er degré": [380, 402, 320],
                    "2d degré": [420, 441, 380],
                    "BIATSS": [160, 120, None],
                    "Encadrement": [40, 17, 31],
                },
                label_header="Trimestre",
            ),
            line_chart(
                title="Arrivées et réponses",
                categories=[
                    "sept.",
                    "oct.",
                    "nov.",
                    "déc.",
                    "janv.",
                    "févr.",
                    "mars",
                    "avr.",
                    "mai",
                    "juin",
                    "juil.",
                    "août",
                ],
                series={
                    "Arrivées": [812, 940, 1210, 760, 1105, 1340, 1502, 980, 870, 640, 120, 90],
                    "Réponses": [780, 930, 1100, 800, 1050, 1300, 1420, None, 905, 660, 160, 88],
                },
                label_header="Mois",
            ),
            bar_chart(title="Trop peu de réponses", rows=[("Oui", None), ("Non", None)], label_header="Réponse"),
        ),
    }


def desk() -> dict[str, object]:
    """Context of the sample desk page."""
    names = ("Mobilité", LONG, "Rappel promis", "Formation", "Appui", "Retraite", "Prise de poste", "Congé")
    return {
        "chrome": DESK_CHROME,
        "filters": DESK_CHROME.side_navigation[0].links,
        "rows": [
            {
                "reference": f"27-{1200 + index}",
                "url": f"/ui/bureau/#ligne-{index}",
                "title": name,
                "due": "jeudi 12 mars",
                "late": index % 4 == 2,
                "state": ("Nouvelle", "new") if index % 3 else ("Attend votre réponse", "warning"),
            }
            for index, name in enumerate(names)
        ],
    }


def icons() -> list[str]:
    """Names of the icons that the stylesheet holds."""
    css = (Path(__file__).parent / "static/ui/ui.css").read_text(encoding="utf-8")
    return re.findall(r"^\.fr-icon-([a-z0-9-]+)::before", css, flags=re.MULTILINE)
