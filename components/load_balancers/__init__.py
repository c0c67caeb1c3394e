"""Load balancers of a region, in front of a gateway that is reached by private addresses."""
