"""ES256 in plain integers: a key store for tests that need no package. Slow, and not safe against anybody who listens."""

import hashlib

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(n, point):
    total = None
    while n:
        if n & 1:
            total = add(total, point)
        point = add(point, point)
        n >>= 1
    return total


def compressed(secret):
    x, y = times(secret, G)
    return bytes([2 + (y & 1)]) + x.to_bytes(32, "big")


def sign(secret, data, high=False):
    """r then s; the low one of the two possible s, or the high one, which a platform may give."""
    digest = hashlib.sha256(data).digest()
    nonce = int.from_bytes(hashlib.sha256(secret.to_bytes(32, "big") + digest).digest(), "big") % (N - 1) + 1
    r = times(nonce, G)[0] % N
    s = pow(nonce, -1, N) * (int.from_bytes(digest, "big") + r * secret) % N
    if (s > N // 2) != high:
        s = N - s
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
