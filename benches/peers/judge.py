"""python3-saml over one response: the NameID that it reads, or what it says against the response.

The settings are those that its README recommends: strict, no deprecated algorithms, and the signatures that the
provider makes required."""

import json
import sys
from urllib.parse import urlsplit

from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

asked = json.load(sys.stdin)
acs = urlsplit(asked["acs"])


def bare(pem):
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


service = {"entityId": asked["sp"], "assertionConsumerService": {"url": asked["acs"]}}
if asked["key"]:
    service |= {"privateKey": asked["key"], "x509cert": bare(asked["own_certificate"])}
provider = {"entityId": asked["idp"], "singleSignOnService": {"url": asked["idp"]}}
certificates = [bare(pem) for pem in asked["certificates"]]
if len(certificates) == 1:
    provider["x509cert"] = certificates[0]
elif certificates:
    provider["x509certMulti"] = {"signing": certificates}
request = {"https": "on", "http_host": acs.netloc, "script_name": acs.path, "get_data": {}, "post_data": {}}

try:
    settings = OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": service,
            "idp": provider,
            "security": {
                "rejectDeprecatedAlgorithm": True,
                "wantAssertionsSigned": asked["assertion_signed"],
                "wantMessagesSigned": asked["response_signed"],
                "wantAssertionsEncrypted": bool(asked["key"]),
            },
        }
    )
    response = OneLogin_Saml2_Response(settings, asked["response"])
    response.is_valid(request, request_id=asked["request"], raise_exceptions=True)
    print(json.dumps({"name": response.get_nameid()}))
except Exception as error:
    print(json.dumps({"problem": str(error) or type(error).__name__}))
