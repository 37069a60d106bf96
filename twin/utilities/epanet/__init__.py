"""The EPANET engine, which water and wastewater share."""
