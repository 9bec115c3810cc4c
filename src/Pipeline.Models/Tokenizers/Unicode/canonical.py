#!/usr/bin/env python3
"""Writes canonical.bin, the table behind CanonicalComposition.cs, from the Unicode data of this Python (unicodedata.unidata_version).

Layout, little-endian uint32: number of combining classes, number of decompositions; then per combining class the code point with the class in
the top 8 bits; then per decomposition three numbers: the code point (top bit set when it is never composed again), first and second part (0 when
there is only one). Sorted by code point. Hangul is computed, not stored.
"""
import struct
import sys
import unicodedata

classes, decompositions = [], []
for cp in range(0x110000):
    char = chr(cp)
    if unicodedata.combining(char):
        classes.append(unicodedata.combining(char) << 24 | cp)
    parts = unicodedata.decomposition(char)
    if parts and not parts.startswith("<"):
        first, second = ([int(p, 16) for p in parts.split()] + [0])[:2]
        excluded = unicodedata.normalize("NFC", char) != char
        decompositions.append((excluded << 31 | cp, first, second))

with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<II", len(classes), len(decompositions)))
    for entry in classes:
        out.write(struct.pack("<I", entry))
    for entry in decompositions:
        out.write(struct.pack("<III", *entry))
print(unicodedata.unidata_version, len(classes), len(decompositions))
