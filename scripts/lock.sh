#!/bin/sh
# Turns requirements/*.in into lock files with hashes, valid for every supported Python and system, without any address.
set -eu
for name in runtime dev; do
	uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links "$@" "requirements/$name.in" --output-file "requirements/$name.txt"
done
if grep -n '://' requirements/runtime.txt requirements/dev.txt; then
	echo "Un fichier de verrou nomme une adresse : voir ci-dessus." >&2
	exit 1
fi
