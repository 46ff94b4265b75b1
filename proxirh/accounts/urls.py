"""Addresses of this app."""

from django.urls import path

from proxirh.accounts import views

app_name = "accounts"
urlpatterns = [
    path("connexion/", views.ask_code, name="sign_in"),
    path("connexion/code/", views.type_code, name="code"),
    path("connexion/code/nouveau/", views.ask_again, name="ask_again"),
    path("connexion/second-facteur/", views.second_factor, name="second_factor"),
    path("connexion/confirmer/", views.step_up, name="step_up"),
    path("connexion/cle/defi/", views.passkey_challenge, name="passkey_challenge"),
    path("connexion/adresse/", views.add_address, name="add_address"),
    path("connexion/identite/", views.ask_provider, name="oidc"),
    path("connexion/identite/retour/", views.return_from_provider, name="oidc_callback"),
    path("connexion/texte/<uuid:held_uid>/", views.show_text, name="held_text"),
    path("connexion/texte/<uuid:held_uid>/oublier/", views.drop_text, name="drop_text"),
    path("securite/", views.security, name="security"),
    path("securite/ajouter/", views.choose_factor, name="choose_factor"),
    path("securite/application/", views.add_totp, name="add_totp"),
    path("securite/cle/", views.add_passkey, name="add_passkey"),
    path("securite/cle/defi/", views.new_passkey_challenge, name="new_passkey_challenge"),
    path("securite/codes/", views.recovery_codes, name="recovery_codes"),
    path("securite/<uuid:factor_uid>/retirer/", views.remove_factor, name="remove_factor"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("deconnexion/terminee/", views.signed_out, name="signed_out"),
]
