#!/bin/sh
# Migrations of an app form one line: numbers follow each other from 0001 without a fork, and names say an intent.
# check-migrations.sh [FOLDER]: looks under FOLDER (default: proxirh); exit status 1 when something is wrong.
set -u
status=0
for folder in "${1:-proxirh}"/*/migrations; do
	expected=1
	for file in "$folder"/[0-9]*.py; do
		[ -e "$file" ] || continue
		name=$(basename "$file" .py)
		number=$(printf '%04d' "$expected")
		if [ "${name%%_*}" != "$number" ]; then
			echo "$file: expected number $number (a fork, a gap or a duplicate)" >&2
			status=1
		fi
		case $name in
		*_auto_*) echo "$file: name the migration after its intent" >&2 && status=1 ;;
		esac
		if grep -Eq '^(from|import) proxirh\.[a-z_]+\.(services|figures|permissions|views|forms)' "$file"; then
			echo "$file: a migration does not import the code of today" >&2
			status=1
		fi
		expected=$((expected + 1))
	done
done
exit "$status"
