"""Merging two enquiries of one person: what the page that tells everything carries."""

from django import forms

from proxirh.ui.forms import Form


class MergeForm(Form):
    """Prints of both as they were told, and the key that makes a second click one."""

    seen = forms.CharField(max_length=32, widget=forms.HiddenInput)
    seen_kept = forms.CharField(max_length=32, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)
