"""Holds requests against Signature Version 4, independently of the code that signs them: the S3 server of the tests does not."""

import hashlib
import hmac
import re


def checker(secret):
    """A function of a request that gives the code of what is wrong with its signature, or nothing."""

    def check(method, path, head, body):
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})",
            headers.get("authorization", ""),
        )
        if not found:
            return "AccessDenied"
        _, date, region, names, signature = found.groups()
        content = hashlib.sha256(body).hexdigest()
        if headers["x-amz-content-sha256"] != content:
            return "XAmzContentSHA256Mismatch"
        signed = names.split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed) or signed != sorted(signed):
            return "AccessDenied"
        path, _, query = path.partition("?")
        # One without a value is signed as one with an empty value.
        query = "&".join(sorted(pair if "=" in pair else f"{pair}=" for pair in query.split("&"))) if query else ""
        told = "".join(f"{name}:{headers[name]}\n" for name in signed)
        request = "\n".join([method, path, query, told, names, content])
        scope = f"{date}/{region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(request.encode()).hexdigest()])
        key = f"AWS4{secret}".encode()
        for part in (date, region, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return None if hmac.compare_digest(expected, signature) else "SignatureDoesNotMatch"

    return check
