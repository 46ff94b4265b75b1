#!/bin/sh
# with-postgres.sh COMMAND…: runs a command with PROXIRH_TEST_DATABASE_URL naming a PostgreSQL.
#
# The one given in the environment is used as it is. Otherwise a throw-away cluster is made from the installed binaries,
# reachable through a socket only, and removed at the end. Root, whom initdb refuses, lends it to postgres or nobody.
set -u

if [ -n "${PROXIRH_TEST_DATABASE_URL:-}" ]; then
	exec "$@"
fi

bin=
# fits FOLDER: keeps the first one that holds a PostgreSQL 15 or newer.
fits() {
	[ -z "$bin" ] && [ -x "$1/initdb" ] || return 1
	version=$("$1/postgres" --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	[ "${version:-0}" -ge 15 ] && bin=$1
}
for version in 20 19 18 17 16 15; do
	fits "/usr/lib/postgresql/$version/bin" || fits "/usr/pgsql-$version/bin"
done
fits "$(dirname "$(command -v initdb || echo /nonexistent/initdb)")"
if [ -z "$bin" ]; then
	echo "PostgreSQL 15 ou plus récent est introuvable. Tapez : sudo apt install postgresql, ou donnez PROXIRH_TEST_DATABASE_URL." >&2
	exit 2
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/proxirh-pg.XXXXXX")
server=
stop() {
	trap - EXIT INT TERM HUP
	if [ -n "$server" ]; then
		kill -QUIT "$server" 2>/dev/null
		wait "$server" 2>/dev/null
	fi
	rm -rf "$folder"
}
trap stop EXIT
trap 'stop; exit 130' INT TERM HUP

if [ "$(id -u)" = 0 ]; then
	owner=postgres
	id "$owner" >/dev/null 2>&1 || owner=nobody
	chown "$owner" "$folder"
	lend="setpriv --reuid=$owner --regid=$(id -g "$owner") --clear-groups"
else
	lend="setpriv"
fi
chmod 755 "$folder"

# $lend is split on purpose.
# shellcheck disable=SC2086
if ! $lend --pdeathsig=TERM "$bin/initdb" -D "$folder/data" -U proxirh -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
	>"$folder/initdb.log" 2>&1 </dev/null; then
	cat "$folder/initdb.log" >&2
	echo "initdb n’a pas pu créer de base jetable." >&2
	exit 2
fi
# The server dies with this script, whatever happens to it; what it holds is not worth a disk flush.
# shellcheck disable=SC2086
$lend --pdeathsig=QUIT "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
	-c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c log_min_messages=fatal \
	>"$folder/server.log" 2>&1 </dev/null &
server=$!
tries=0
until "$bin/pg_isready" -q -h "$folder" -U proxirh -d postgres; do
	tries=$((tries + 1))
	if [ "$tries" -gt 150 ] || ! kill -0 "$server" 2>/dev/null; then
		cat "$folder/server.log" >&2
		echo "La base PostgreSQL jetable n’a pas démarré." >&2
		exit 2
	fi
	sleep 0.2
done

PROXIRH_TEST_DATABASE_URL="postgres://proxirh@$(echo "$folder" | sed 's|/|%2F|g')/proxirh"
export PROXIRH_TEST_DATABASE_URL
"$@"
status=$?
stop
exit "$status"
