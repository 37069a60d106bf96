"""The water network: EPANET, delivering what pressure allows."""
