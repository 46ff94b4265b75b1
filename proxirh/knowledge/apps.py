from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """Short answers, dated and signed, read aloud on the telephone; never about anybody."""

    name = "proxirh.knowledge"
    verbose_name = "fiches-réponses"
