from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their ways in: addresses, identities, codes, sign-in."""

    name = "proxirh.accounts"
    verbose_name = "accès"
