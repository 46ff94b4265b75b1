"""Pages of « Mes données »."""
