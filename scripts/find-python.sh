#!/bin/sh
# Prints the path of a Python 3.12 or newer that really runs and can make a virtual environment.
#
# Looks, in order, at PYTHON=…, the path, pyenv's versions, uv's own Pythons, /usr/local and /opt. Each candidate is run,
# because pyenv's shims exist and fail. When none fits and uv is at hand, uv obtains one. Otherwise: one French line
# with what to type, on stderr, and exit status 2.
set -u

home=${HOME:-/nonexistent}
PATH="${PATH:-/usr/bin:/bin}:$home/.local/bin" # where uv's and pipx's installers put programs
pyenv=${PYENV_ROOT:-$home/.pyenv}
managed=${UV_PYTHON_INSTALL_DIR:-${XDG_DATA_HOME:-$home/.local/share}/uv/python}
system=${PROXIRH_PYTHON_PLACES-"/usr/local/bin /usr/bin /opt/*/bin"} # the tests look elsewhere

# probe PROGRAM REQUIREMENT: runs it and checks one requirement (free-threaded builds have no wheels: refused).
probe() {
	"$1" -c "
import sys, sysconfig, sqlite3, ssl, venv
v = sys.version_info[:2]
sys.exit(not ((3, 12) <= v and not sysconfig.get_config_var('Py_GIL_DISABLED') and ($2)))
" </dev/null >/dev/null 2>&1
}

tested="__import__('ensurepip') and v <= (3, 14)" # what the lock files were tried with
newer="__import__('ensurepip')"
without_venv="True" # uv makes the virtual environment itself

found() {
	# The base interpreter, so that an activated .venv never becomes the parent of its own replacement.
	"$1" -c 'import sys; print(getattr(sys, "_base_executable", "") or sys.executable)' </dev/null
	exit 0
}

# look REQUIREMENT: tries every known place, newest tried version first in each.
look() {
	old_ifs=$IFS
	IFS=:
	# shellcheck disable=SC2086 # split on purpose
	set -- "$1" $PATH
	IFS=$old_ifs
	requirement=$1
	shift
	for name in python3.14 python3.13 python3.12 python3 python; do
		for folder in "$@"; do
			if [ -x "$folder/$name" ] && probe "$folder/$name" "$requirement"; then found "$folder/$name"; fi
		done
	done
	for minor in 14 13 12 15; do
		for program in "$pyenv/versions/3.$minor"*/bin/python3 "$managed/cpython-3.$minor"*/bin/python3; do
			if [ -x "$program" ] && probe "$program" "$requirement"; then found "$program"; fi
		done
	done
	for folder in $system; do
		for name in python3.14 python3.13 python3.12 python3; do
			if [ -x "$folder/$name" ] && probe "$folder/$name" "$requirement"; then found "$folder/$name"; fi
		done
	done
}

if [ -n "${PYTHON:-}" ]; then
	if ! command -v "$PYTHON" >/dev/null 2>&1; then
		echo "PYTHON=$PYTHON est introuvable. Donnez le chemin d’un Python 3.12 ou plus récent." >&2
	elif ! "$PYTHON" -c 'pass' </dev/null >/dev/null 2>&1; then
		echo "PYTHON=$PYTHON ne démarre pas. Donnez le chemin d’un Python 3.12 ou plus récent." >&2
	elif ! probe "$PYTHON" "$without_venv"; then
		echo "PYTHON=$PYTHON ne convient pas. Il faut un Python 3.12 ou plus récent, complet (sqlite3, ssl, venv)." >&2
	elif ! probe "$PYTHON" "$newer" && ! command -v uv >/dev/null 2>&1; then
		echo "PYTHON=$PYTHON n’a pas son paquet venv. Tapez : sudo apt install python3-venv" >&2
	else
		found "$PYTHON"
	fi
	exit 2
fi

look "$tested"
look "$newer"

if command -v uv >/dev/null 2>&1; then
	look "$without_venv"
	echo "Aucun Python 3.12 ou plus récent sur cette machine : uv en installe un…" >&2
	UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1
	export UV_SYSTEM_CERTS UV_NATIVE_TLS
	if uv python install --no-bin 3.13 </dev/null >&2; then
		program=$(uv python find --managed-python 3.13 </dev/null) && found "$program"
	fi
	echo "uv n’a pas pu installer Python. Vérifiez l’accès à internet, puis tapez : uv python install 3.13" >&2
	exit 2
fi

# `look` would have stopped at a complete one: whatever runs here lacks only its venv package.
incomplete=$(look "$without_venv")
if [ -n "$incomplete" ]; then
	package=$("$incomplete" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])' </dev/null)
	todo="sudo apt install $package"
elif LC_ALL=C apt-cache policy python3 2>/dev/null | grep -Eq 'Candidate: 3\.(1[2-9]|[2-9][0-9])'; then
	todo="sudo apt install python3 python3-venv"
elif command -v pyenv >/dev/null 2>&1 || [ -d "$pyenv" ]; then
	todo="pyenv install 3.13"
elif command -v apt-get >/dev/null 2>&1; then
	todo="sudo apt install pipx && pipx install uv"
else
	todo="pip install --user uv"
fi
echo "ProxiRH demande Python 3.12 ou plus récent, avec son paquet venv. Tapez : $todo" >&2
exit 2
