#!/bin/sh
# run-tests.sh ENGINE [PART…]: runs the suite on two processes, or the part that pytest's options name, then says its
# verdict in one line; same exit status as pytest's.
set -u
engine=$1
shift
python=.venv/bin/python

if [ $# -eq 0 ]; then
	"$python" -m pytest -n 2 --dist worksteal --durations=25 --durations-min=8
else
	"$python" -m pytest "$@"
fi
status=$?

if chromium=$("$python" -m tests.chromium 2>/dev/null); then
	where="essais de navigateur compris ($chromium)"
else
	where="sans les essais de navigateur (aucun Chromium : sudo apt install chromium)"
fi
if [ $# -gt 0 ]; then
	where="pour la seule partie demandée ($*)"
fi
case $status in
0) echo "VERDICT : tout passe sur $engine, $where." ;;
1) echo "VERDICT : échec sur $engine, $where. Les essais en défaut sont nommés ci-dessus." ;;
2) echo "VERDICT : interrompu ou illisible sur $engine ; rien n’est prouvé." ;;
5) echo "VERDICT : aucun essai ne correspond à la demande." ;;
*) echo "VERDICT : la suite n’a pas pu se dérouler sur $engine (statut $status)." ;;
esac
exit "$status"
