"""The wastewater network: EPANET, gravity reaches, lift stations and plants."""
