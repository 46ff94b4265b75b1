"""`manage.py rotate_keys`: brings every row to the newest version of the keys, while the service runs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from proxirh.kernel import encryption, rotation
from proxirh.kernel.progress import progress
from proxirh.kernel.rotation import BACKUPS_KEPT, Remaining, Tally

MOST_SHOWN = 50


class Command(BaseCommand):
    """Exit status 0: every row that can be brought was; 1: some could not, and each is said on standard error.

    The last line counts; `done=yes` only when no row needs a former version any more.
    """

    help = (
        "Emballe chaque clé de données sous la dernière version de la clé de chiffrement et refait chaque empreinte "
        "sous la dernière version de la sienne, par lots, pendant que le service tourne. Essai à blanc sans --apply. "
        "Peut être interrompue et relancée."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="écrit vraiment")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        ring = encryption.keyring()
        self.stdout.write(
            f"Fichier de clés : chiffrement en version {ring.current}, empreintes en version {ring.current_index}."
        )
        left = rotation.remaining()
        tally = Tally(rewrapped=left.keys, reindexed=sum(left.indexes.values()))
        if apply:
            tally = self._bring(left)
            left = rotation.remaining()
        self._tell(left, apply=apply)
        for sentence in tally.refused[:MOST_SHOWN]:
            self.stderr.write(sentence)
        if len(tally.refused) > MOST_SHOWN:
            self.stderr.write(f"… et {len(tally.refused) - MOST_SHOWN} autres lignes.")
        self.stdout.write(
            f"rewrapped={tally.rewrapped} reindexed={tally.reindexed} refused={len(tally.refused)} "
            f"waiting={sum(left.waiting.values())} done={'yes' if left.is_none else 'no'}"
        )
        if tally.refused:
            raise SystemExit(1)

    def _bring(self, left: Remaining) -> Tally:
        tally = Tally()
        with progress("Clés de données", total=left.keys, unit=" clés") as advance:
            rotation.rewrap(tally, advance)
        with progress("Empreintes", total=sum(left.indexes.values()), unit=" lignes") as advance:
            for one in rotation.recomputed():
                rotation.reindex(one, tally, advance)
        return tally

    def _tell(self, left: Remaining, *, apply: bool) -> None:
        counts = {"clés de données": left.keys, **left.indexes}
        for name, count in counts.items():
            if count:
                self.stdout.write(f"Sous une version précédente : {name}, {count}.")
        for name, count in left.waiting.items():
            if count:
                self.stdout.write(f"S’éteignent d’eux-mêmes sous une version précédente : {name}, {count}.")
        if left.is_none:
            self._tell_done(apply=apply)
        elif not apply:
            self.stdout.write("Essai à blanc : rien n’est écrit. Ajoutez --apply.")
        elif left.keys or any(left.indexes.values()):
            self.stdout.write("Pas terminé : gardez toutes les versions dans le fichier de clés, et relancez.")
        else:
            when = f"après le {timezone.localtime(left.until):%d/%m/%Y à %H:%M}" if left.until else "plus tard"
            self.stdout.write(f"Pas terminé : gardez toutes les versions dans le fichier de clés, et relancez {when}.")

    def _tell_done(self, *, apply: bool) -> None:
        ring = encryption.keyring()
        if len(ring.encryption) == 1 and not ring.is_changing:
            self.stdout.write("Aucune version précédente ne reste. « manage.py new_key » en ajoute une nouvelle.")
        elif not apply:
            self.stdout.write("Plus aucune ligne n’a besoin d’une version précédente. --apply le note au journal.")
        else:
            free = rotation.tell_done() + BACKUPS_KEPT
            self.stdout.write(
                "Terminé : plus aucune ligne n’a besoin d’une version précédente. Les sauvegardes déjà faites, si : "
                f"à partir du {free:%d/%m/%Y}, quand aucune ne sera plus restaurée, « manage.py retire_keys » retire "
                "ces versions du fichier de clés."
            )
