# Everything goes through .venv/bin/python, by relative path: the folder's name may hold anything.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python

# 1 when .venv works: its own interpreter then installs what is missing. When its interpreter has gone, or when a Python
# is asked for, install.py decides whether to make .venv again.
READY := $(shell $(PY) -c 'import sys, venv; print(int(sys.prefix != sys.base_prefix))' 2>/dev/null)$(PYTHON)
ifneq ($(READY),1)
$(VENV)/.runtime $(VENV)/.dev: FORCE
endif

$(VENV)/.runtime $(VENV)/.dev: $(VENV)/.%: requirements/%.txt
	@python="$$($(if $(filter 1,$(READY)),echo $(PY),scripts/find-python.sh))" && "$$python" scripts/install.py $*

.PHONY: help install demo run test test-postgres browser lint format arch bench preuves docs matrix pictures lock ci FORCE

help: ## liste ces commandes
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do \
		printf '  make %-14s %s\n' "$$name" "$$what"; done

install: $(VENV)/.runtime ## fabrique .venv (PYTHON=… pour choisir l’interpréteur)
	@echo "L’environnement est prêt : $$($(PY) --version), dans $(VENV)."

demo: $(VENV)/.runtime ## prépare, remplit et sert la démonstration (PROXIRH_PORT=… pour choisir le port)
	@exec $(PY) -m config.serve --demo

run: $(VENV)/.runtime ## sert ce qui est dans le dossier de données, sans le remplir
	@exec $(PY) -m config.serve

test: $(VENV)/.dev ## toute la suite sur SQLite, navigateur compris s’il y en a un (T=tests/enquiries pour une partie)
	@exec scripts/run-tests.sh SQLite $(T)

test-postgres: $(VENV)/.dev ## la même suite sur PostgreSQL
	@exec scripts/with-postgres.sh scripts/run-tests.sh PostgreSQL $(T)

browser: $(VENV)/.dev ## les seuls essais de navigateur
	@$(PY) -m tests.chromium >/dev/null || { $(PY) -m tests.chromium; exit 1; }
	@exec scripts/run-tests.sh SQLite -m browser $(T)

lint: $(VENV)/.dev arch ## style, imports, types, migrations, gabarits
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	@# mypy leaves without tidying up after the settings it loads.
	folder=$$(mktemp -d) && { TMPDIR=$$folder $(PY) -m mypy; status=$$?; rm -rf "$$folder"; exit $$status; }
	$(PY) manage.py makemigrations --check --dry-run --settings tests.settings
	scripts/check-migrations.sh
	find proxirh -name '*.html' -exec $(VENV)/bin/djade --check --target-version 6.1 {} +

arch: $(VENV)/.dev ## les contrats d’imports du dessin
	$(PY) $(VENV)/bin/lint-imports

format: $(VENV)/.dev ## met en forme le code, les gabarits et la typographie
	$(PY) -m scripts.typeset
	$(PY) -m ruff check --fix-only --show-fixes .
	$(PY) -m ruff format .
	find proxirh -name '*.html' -exec $(VENV)/bin/djade --target-version 6.1 {} +

bench: $(VENV)/.dev ## mesure les pages contre le plancher de Django
	@exec $(PY) -m bench $(BENCH)

preuves: $(VENV)/.dev ## refait les chiffres de docs/preuves.md sur les deux moteurs, en 40 minutes au plus (P="4 5" pour quelques-uns)
	@exec $(PY) -m scripts.proofs $(P)

docs: $(VENV)/.dev ## refait docs/configuration.md
	$(PY) -m config.env > docs/configuration.md

matrix: $(VENV)/.dev ## refait docs/access-matrix.csv et docs/autorisations.md ; relire la différence
	PROXIRH_TEST_WRITE_MATRIX=1 $(PY) -m pytest -q tests/test_access_matrix.py

pictures: $(VENV)/.dev ## refait les images de docs/images depuis une démonstration neuve (demande un Chromium)
	$(PY) -m scripts.pictures

lock: $(VENV)/.dev ## refait requirements/*.txt depuis requirements/*.in (demande uv)
	@scripts/lock.sh

ci: ## tout ce que vérifie l’intégration continue
	@exec .ci/run
