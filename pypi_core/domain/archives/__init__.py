"""
What is in a wheel or an sdist, read from a stream without extracting anything.

Whatever reads or checks an archive here raises `InvalidArchive` where it is not what its kind
prescribes, where two readers could see different contents, or where it is not safe to unpack.
"""
