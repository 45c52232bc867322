"""An app of Django whose models keep their values in every way that CRMs do."""
