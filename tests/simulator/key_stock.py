# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RSA keys that were made before, since a fleet of simulated nodes needs thousands of them.

A key is taken once in the life of a process, so that no two nodes share one. A stock that is used up is no error: the
next key is made.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

#: Environment variable with the directory of the stock.
DIRECTORY = "CUCM_SIMULATOR_KEYS"
_LENGTH_BYTES = 2


def take(length: int) -> rsa.RSAPrivateKey | None:
    """The next key of this length; None where there is no stock, or it is used up."""
    keys = _stock(length)
    return _decoded(keys.pop()) if keys else None


def fill(directory: Path, length: int, count: int) -> int:
    """Make the stock hold at least `count` keys, in as many processes as there are processors; how many were made."""
    path = _path(directory, length)
    missing = count - len(_read(path))
    if missing <= 0:
        return 0
    directory.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool, path.open("ab") as file:
        for encoded in pool.map(_encoded, [length] * missing, chunksize=16):
            file.write(len(encoded).to_bytes(_LENGTH_BYTES) + encoded)
    return missing


@cache
def _stock(length: int) -> list[bytes]:
    directory = os.environ.get(DIRECTORY)
    return _read(_path(Path(directory), length)) if directory else []


def _path(directory: Path, length: int) -> Path:
    return directory / f"rsa-{length}.keys"


def _read(path: Path) -> list[bytes]:
    data = path.read_bytes() if path.exists() else b""
    keys, at = [], 0
    while at < len(data):
        begin = at + _LENGTH_BYTES
        at = begin + int.from_bytes(data[at:begin])
        keys.append(data[begin:at])
    return keys


def _encoded(length: int) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=length)
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _decoded(encoded: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_der_private_key(encoded, password=None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
