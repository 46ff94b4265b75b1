from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from proxirh.kernel.errors import DomainError
from proxirh.kernel.journal import SYSTEM
from proxirh.territories.actor import Actor
from proxirh.territories.models import Role
from proxirh.territories.services.granting import grant_role, read_perimeter

OUTCOMES = {
    "added": "Mission donnée",
    "changed": "Mission modifiée",
    "unchanged": "Mission déjà donnée, rien n’a changé",
}


class Command(BaseCommand):
    """Exit status 0: the mission is as asked; 1: a rule refuses; 2: the command line is wrong."""

    help = "Donne un rôle à une personne, connue ou non, par son adresse de service."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--courriel", required=True, help="adresse de service nominative")
        parser.add_argument("--role", required=True, choices=Role.values, metavar="RÔLE", help=", ".join(Role.values))
        parser.add_argument("--perimetre", required=True, help="national, academie:<nom court> ou departement:<code>")
        parser.add_argument("--du", required=True, type=date.fromisoformat, metavar="AAAA-MM-JJ", help="premier jour")
        parser.add_argument("--au", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="dernier jour")

    def handle(
        self, *args: Any, courriel: str, role: str, perimetre: str, du: date, au: date | None, **options: Any
    ) -> None:
        try:
            grant = grant_role(
                actor=Actor(label=SYSTEM, is_administrator=True),
                address=courriel,
                role=Role(role),
                perimeter=read_perimeter(perimetre),
                since=du,
                until=au,
            )
        except DomainError as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from error
        days = f"du {du:%d/%m/%Y} au {au:%d/%m/%Y}" if au else f"depuis le {du:%d/%m/%Y}"
        self.stdout.write(f"{OUTCOMES[grant.outcome]} : {role}, {perimetre}, {days}.")
