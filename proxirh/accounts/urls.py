"""Addresses of this app."""

from django.urls import path

from proxirh.accounts import views

app_name = "accounts"
urlpatterns = [
    path("connexion/", views.ask_code, name="sign_in"),
    path("connexion/code/", views.type_code, name="code"),
    path("connexion/code/nouveau/", views.ask_again, name="ask_again"),
    path("connexion/adresse/", views.add_address, name="add_address"),
    path("connexion/identite/", views.ask_provider, name="oidc"),
    path("connexion/identite/retour/", views.return_from_provider, name="oidc_callback"),
    path("connexion/texte/<uuid:held_uid>/", views.show_text, name="held_text"),
    path("connexion/texte/<uuid:held_uid>/oublier/", views.drop_text, name="drop_text"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("deconnexion/terminee/", views.signed_out, name="signed_out"),
]
