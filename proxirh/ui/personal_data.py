"""What the tables of the design system's package hold: nothing."""

THIRD_PARTY: dict[str, str] = {
    "dsfr.DsfrConfig": "Always empty: header and footer are ours.",
    "dsfr.DsfrSocialMedia": "Always empty: we name no social network.",
}
