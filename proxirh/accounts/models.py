"""Who exists (Person), who may come in (User) and by which ways (Address, Identity, SignInCode, second factors)."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from proxirh.kernel import encryption
from proxirh.kernel.fields import EncryptedJSONField, EncryptedTextField
from proxirh.kernel.models import DataKey, random_uid


class UserManager(BaseUserManager["User"]):
    """Users are made by confirming a code or by an identity provider, never with a password."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(uid=username or "")


class User(AbstractBaseUser):
    """A way in. It has no name, no address and no password; those belong to Person, Address and Identity."""

    password = None  # type: ignore[assignment]
    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    is_active = models.BooleanField("actif", default=True)
    session_salt = models.CharField("sel des sessions", max_length=32, default="", blank=True)
    created_at = models.DateTimeField("créé le", default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "uid"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "compte"
        verbose_name_plural = "comptes"

    def __str__(self) -> str:
        return f"compte {self.pk}"

    def get_session_auth_hash(self) -> str:
        """Changes with `session_salt`, which ends every open session of the account."""
        return salted_hmac("proxirh.accounts.session", f"{self.uid}{self.session_salt}", algorithm="sha256").hexdigest()

    def has_usable_password(self) -> bool:
        """Nobody has a password here."""
        return False


class AddressKind(models.TextChoices):
    PERSONAL = "personal", "personnelle"
    PROFESSIONAL = "professional", "professionnelle"


class Address(models.Model):
    """An e-mail address that its owner proved by a code; found by its blind index, never in clear."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses", verbose_name="compte")
    blind_index = models.BinaryField("empreinte", max_length=encryption.INDEX_BYTES, unique=True)
    ciphertext = EncryptedTextField("adresse chiffrée")
    kind = models.CharField("nature", max_length=12, choices=AddressKind, default=AddressKind.PROFESSIONAL)
    confirmed_at = models.DateTimeField("confirmée le", default=timezone.now)

    class Meta:
        verbose_name = "adresse"
        verbose_name_plural = "adresses"

    def __str__(self) -> str:
        return f"adresse {self.pk}"


class Identity(models.Model):
    """An account at an identity provider, known by issuer and subject alone."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities", verbose_name="compte")
    issuer = models.CharField("émetteur", max_length=200)
    subject = models.CharField("sujet", max_length=200)
    created_at = models.DateTimeField("créée le", default=timezone.now)

    class Meta:
        verbose_name = "identité fédérée"
        verbose_name_plural = "identités fédérées"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                name="identity_issuer_subject",
                violation_error_message="Cette identité est déjà rattachée à un compte.",
            )
        ]

    def __str__(self) -> str:
        return f"identité {self.pk}"


class Person(models.Model):
    """Someone, staff or agent, with or without an account; names and telephone are encrypted under the person's key."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    user = models.OneToOneField(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="person", verbose_name="compte"
    )
    first_name = EncryptedTextField("prénom")
    last_name = EncryptedTextField("nom")
    phone = EncryptedTextField("téléphone", null=True)
    staff_address = EncryptedTextField("adresse de service", null=True)
    staff_index = models.BinaryField(
        "empreinte de l’adresse de service", max_length=encryption.INDEX_BYTES, null=True, unique=True
    )
    created_at = models.DateTimeField("créée le", default=timezone.now)

    class Meta:
        verbose_name = "personne"
        verbose_name_plural = "personnes"

    def __str__(self) -> str:
        return f"personne {self.pk}"

    @property
    def full_name(self) -> str:
        """First name then last name, decrypted."""
        return f"{self.first_name} {self.last_name}".strip()


class SignInCode(models.Model):
    """One pending code: three digests, an expiry, and tries consumed in the database itself."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    address_index = models.BinaryField("empreinte de l’adresse", max_length=encryption.INDEX_BYTES)
    code_digest = models.BinaryField("empreinte du code", max_length=encryption.INDEX_BYTES)
    browser_digest = models.BinaryField("empreinte du navigateur", max_length=encryption.INDEX_BYTES)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    address = EncryptedTextField("adresse")
    purpose = models.CharField("usage", max_length=40)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    created_at = models.DateTimeField("créé le", default=timezone.now)
    expires_at = models.DateTimeField("expire le", db_index=True)
    used_at = models.DateTimeField("utilisé le", null=True)

    class Meta:
        verbose_name = "code de connexion"
        verbose_name_plural = "codes de connexion"
        indexes = [models.Index(fields=["browser_digest", "purpose"], name="signincode_browser")]
        constraints = [
            models.CheckConstraint(
                name="signincode_three_tries",
                condition=Q(tries__lte=3),
                violation_error_message="Trois essais au plus pour un code.",
            )
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"


class FactorVault(models.Model):
    """The key that seals the secrets of an account's second factors, which stand in a table of allauth.

    `last_step` is the last interval of thirty seconds whose code was taken: none serves twice. `enrol_until` is set
    when the factors were reset: past it, a mailed code alone adds none.
    """

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="factor_vault", verbose_name="compte")
    last_step = models.PositiveBigIntegerField("dernier intervalle", default=0)
    enrol_until = models.DateTimeField("à ajouter avant le", null=True)

    class Meta:
        verbose_name = "coffre de second facteur"
        verbose_name_plural = "coffres de second facteur"

    def __str__(self) -> str:
        return f"coffre {self.pk}"


class HeldForm(models.Model):
    """What someone was sending when the session ended, kept encrypted 30 minutes for the same browser and account."""

    uid = models.UUIDField("identifiant", default=random_uid, unique=True, editable=False)
    data_key = models.OneToOneField(DataKey, on_delete=models.PROTECT, verbose_name="clé de données")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, verbose_name="compte")
    browser_digest = models.BinaryField("empreinte du navigateur", max_length=encryption.INDEX_BYTES)
    path = models.CharField("adresse de la page", max_length=300)
    fields = EncryptedJSONField("champs")
    had_files = models.BooleanField("avait des fichiers", default=False)
    expires_at = models.DateTimeField("expire le", db_index=True)

    class Meta:
        verbose_name = "formulaire retenu"
        verbose_name_plural = "formulaires retenus"

    def __str__(self) -> str:
        return f"formulaire retenu {self.pk}"


def address_index(address: str) -> bytes:
    """Blind index of an e-mail address as it is written now, case and surrounding spaces ignored."""
    return address_indexes(address)[0]


def address_indexes(address: str) -> tuple[bytes, ...]:
    """The same under every version of the key, newest first: every lookup by address tries them all."""
    return encryption.address_indexes(address)
