"""Names that nobody bears: a real first name, and a family name that says it is invented."""

import random
from dataclasses import dataclass

from proxirh.kernel.text import slugify_fr

WOMEN = (
    "Adèle Aïcha Agathe Anaëlle Apolline Awa Béatrice Bérénice Capucine Céleste Clémence Coralie Daphné Éléonore "
    "Élise Émeline Fatoumata Flavie Garance Héloïse Inès Isaure Jeanne Joséphine Khadija Léonie Lilou Lucile Maëlys "
    "Marguerite Mélanie Naïma Noémie Océane Ondine Paloma Philippine Rosalie Sarah Solène Soizic Tiphaine Violette "
    "Ysaline Yasmine Zélie Marie-Ange Anne-Sophie Lou-Anne Marie-Élisabeth"
).split()
MEN = (
    "Achille Amadou Anatole Aurélien Baptiste Bastien Célestin Côme Damien Edgar Émilien Étienne Félicien Gaëtan Hakim "
    "Hippolyte Ismaël Jules Karim Léandre Loïc Mathurin Moussa Nathanaël Octave Philibert Rémi Sélim Théodore Yann "
    "Jean-Loup Pierre-Yves"
).split()
EITHER = "Camille Sacha Dominique Claude Alix Maxence Éden Charlie Andréa Noa".split()
FAMILY = (
    "Exemple Démonstration Fictif Maquette Échantillon Imaginaire Prototype Gabarit Spécimen Factice Simulacre Ébauche "
    "Canevas Brouillon Esquisse Inventée Pseudonyme Hypothèse Figurant Trompe-l’Œil Postiche Illusion Fiction Chimère "
    "Utopie Personnage Anonyme Untel Bidule Lorem Ipsum Quelconque Théorique Virtuel Provisoire Supposé Prétendu"
).split()
LONG_FAMILY = (
    "Échantillon-de-Démonstration-du-Service",
    "d’Essai de la Maquette-sur-Modèle",
    "Exemple-Interminable-pour-Éprouver-la-Mise-en-Page",
    "Prototype-Œuvré-à-Ça-et-Là",
)


@dataclass(frozen=True, slots=True)
class Name:
    """A first name and a family name."""

    first: str
    last: str

    @property
    def login(self) -> str:
        """The name as the left part of an address."""
        return f"{slugify_fr(self.first)}.{slugify_fr(self.last)}"[:50]


def draw_name(rng: random.Random, sex: str) -> Name:
    """A name of that sex ("F", "M"); one in twelve bears two family names, one in sixty a very long one."""
    firsts = WOMEN if sex == "F" else MEN
    first = rng.choice(EITHER) if rng.random() < 0.08 else rng.choice(firsts)
    kind = rng.random()
    if kind < 1 / 60:
        return Name(first, rng.choice(LONG_FAMILY))
    last = rng.choice(FAMILY)
    if kind < 1 / 10:
        other = rng.choice(FAMILY)
        last = f"{last}-{other}" if other != last else last
    return Name(first, last)


def draw_phone(rng: random.Random) -> str:
    """A mobile number of the range kept for fiction (ARCEP decision 2018-0881: 06 39 98)."""
    return f"063998{rng.randrange(10_000):04d}"
