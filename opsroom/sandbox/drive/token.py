"""The token endpoint of a Google service account: checks the assertion and gives out a bearer token."""

import base64
import json
import time

from aiohttp import web

from opsroom.sandbox.wire import JsonObject, Refused, new_id, reply

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
_SKEW_S = 300


def refuse(error: str, description: str) -> Refused:
    return Refused(400, {"error": error, "error_description": description})


class TokenHttp:
    def __init__(self, base: str) -> None:
        self.base = base
        self.issued = 0
        self._public_keys: dict[str, bytes] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/google/token", self.token)]

    @property
    def url(self) -> str:
        return f"{self.base}/google/token"

    def new_service_account(self, email: str = "opsroom@sandbox.iam.gserviceaccount.com") -> dict[str, str]:
        """The JSON key of a service account whose tokens come from here. Assertions it signs are verified."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._public_keys[email] = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "type": "service_account",
            "project_id": "sandbox",
            "private_key_id": new_id("key").lower(),
            "private_key": private.decode(),
            "client_email": email,
            "client_id": "100000000000000000001",
            "token_uri": self.url,
        }

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("grant_type") != _GRANT:
            raise refuse("unsupported_grant_type", f"grant_type must be {_GRANT}")
        self._check(str(form.get("assertion", "")))
        self.issued += 1
        return reply({"access_token": new_id("ya29.sandbox"), "expires_in": 3599, "token_type": "Bearer"})

    def _check(self, assertion: str) -> None:
        parts = assertion.split(".")
        if len(parts) != 3:
            raise refuse("invalid_grant", "Invalid JWT: must have three parts")
        header, claims = _decoded(parts[0]), _decoded(parts[1])
        if header.get("alg") != "RS256":
            raise refuse("invalid_grant", "Invalid JWT: alg must be RS256")
        missing = [c for c in ("iss", "scope", "aud", "iat", "exp") if c not in claims]
        if missing:
            raise refuse("invalid_grant", f"Invalid JWT: missing {', '.join(missing)}")
        # google-auth writes Google's own address as audience, whatever token_uri says.
        if claims["aud"] not in (self.url, _GOOGLE_AUDIENCE):
            raise refuse("invalid_grant", f"Invalid JWT: aud must be {self.url}")
        now = time.time()
        if not now - 3600 - _SKEW_S <= claims["iat"] <= now + _SKEW_S or claims["exp"] < now - _SKEW_S:
            raise refuse("invalid_grant", "Invalid JWT: token must be short-lived and not expired")
        if claims["exp"] - claims["iat"] > 3600 + _SKEW_S:
            raise refuse("invalid_grant", "Invalid JWT: exp must be at most one hour after iat")
        self._verify(str(claims["iss"]), parts)

    def _verify(self, issuer: str, parts: list[str]) -> None:
        """Check the signature when the key was made here; of other accounts only the form is known."""
        public = self._public_keys.get(issuer)
        if public is None:
            return
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        key = serialization.load_pem_public_key(public)
        signed = f"{parts[0]}.{parts[1]}".encode()
        try:
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(_unbase64(parts[2]), signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise refuse("invalid_grant", "Invalid JWT Signature.") from error


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _decoded(part: str) -> JsonObject:
    try:
        value = json.loads(_unbase64(part))
    except ValueError as error:
        raise refuse("invalid_grant", "Invalid JWT: cannot be decoded") from error
    if not isinstance(value, dict):
        raise refuse("invalid_grant", "Invalid JWT: must be objects")
    return value
