"""What a page with « Envoyer » said of the notice on personal data."""

from django.http import HttpRequest


def shown_notice(request: HttpRequest) -> int:
    """The version of the notice that the page of this form named; 0, which never was, when it named none."""
    typed = request.POST.get("notice", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0
