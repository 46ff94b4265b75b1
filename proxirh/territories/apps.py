from django.apps import AppConfig


class TerritoriesConfig(AppConfig):
    """Académies, départements, sites, teams, coverage, postings, work ties; Actor."""

    name = "proxirh.territories"
    verbose_name = "territoires"
