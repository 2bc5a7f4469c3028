"""
Distributions with something wrong, for whoever reads them.

``damaged_zips`` and ``damaged_tars`` hold one function for each known damage, bytes to bytes;
``zip_parts``, ``raw_zips`` and ``raw_tars`` write archives field by field; ``reworking``
changes sound distributions so that they stay sound but for one thing; ``malformed`` makes up
what nobody thought of (it needs hypothesis).
"""
