"""pysaml2 as an engine: a SAML provider with a sign-in page. What it is set to and asked is told in saml_provider.rs."""
import copy
import datetime
import hashlib
import html
import os
import re
import secrets
import shutil
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, assertion, entity, samlp, xmldsig
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.response import StatusError
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NAMEID_FORMAT_TRANSIENT, NAMEID_FORMAT_UNSPECIFIED, NameID
from saml2.server import Server
from saml2.time_util import in_a_while

from engine import listen, run

BINDINGS = {"redirect": BINDING_HTTP_REDIRECT, "post": BINDING_HTTP_POST}
# The algorithm of the content, and how xmlsec1 calls its key.
CIPHERS = {
    "aes128-gcm": ("http://www.w3.org/2009/xmlenc11#aes128-gcm", "aes-128"),
    "aes256-gcm": ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "aes-256"),
    "aes128-cbc": ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "aes-128"),
    "aes256-cbc": ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "aes-256"),
    "tripledes-cbc": ("http://www.w3.org/2001/04/xmlenc#tripledes-cbc", "des-192"),
}
DEFAULTS = {
    "sign": "both", "hash": "sha256", "encrypt": None, "key_transport": "rsa-oaep-mgf1p", "minutes": 5,
    "session_minutes": None, "signed_requests": False, "logout": "redirect", "name_id": NAMEID_FORMAT_EMAILADDRESS,
    "attribute_format": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", "repeat": False, "context": None,
}
PAGE = """<!doctype html><html lang="en"><title>Sign in at the provider</title>
<h1>Sign in at the provider</h1><p role="alert">{message}</p>
<form id="login" method="post" action="/sign-in"><input type="hidden" name="pending" value="{pending}">
<label>Login <input name="login" autofocus></label>
<label>Password <input name="password" type="password"></label>
<button name="action" value="sign-in">Sign in</button>
<button name="action" value="refuse">Refuse</button></form></html>"""

# The statement that was made last: its SessionIndex is not told otherwise.
statements = []
make_statement = assertion.authn_statement
assertion.authn_statement = lambda *a, **k: statements.append(make_statement(*a, **k)) or statements[-1]
make_attributes = assertion.from_local
pre_encryption_part = entity.pre_encryption_part


def apart(attributes):
    """One Attribute element for each value, as some providers have it."""
    for attribute in attributes:
        for value in attribute.attribute_value:
            one = copy.copy(attribute)
            one.attribute_value = [value]
            yield one


def key_pair(directory, number):
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"provider {number}")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    certificate = builder.not_valid_after(now + datetime.timedelta(days=365)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    plain = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = [os.path.join(directory, f"{kind}-{number}.pem") for kind in ("key", "cert")]
    for file, text in zip(files, (key.private_bytes(*plain), certificate.public_bytes(pem))):
        with open(file, "wb") as out:
            out.write(text)
    return files


class Provider:
    def __init__(self, settings):
        tempfile.tempdir = settings["directory"]
        self.accounts = {account["login"]: account for account in settings["accounts"]}
        self.keys = [key_pair(settings["directory"], number) for number in range(2)]
        self.signing, self.published = 0, [0]
        self.partners, self.serve = [], DEFAULTS
        self.sessions, self.pending, self.messages, self.finished = {}, {}, [], []
        self.base = listen(self.handle, settings.get("port"))
        self.build()

    def config(self, key, certificates):
        both = lambda path: [(f"{self.base}{path}", binding) for binding in BINDINGS.values()]
        service = {
            "endpoints": {"single_sign_on_service": both("/sso"), "single_logout_service": both("/slo")},
            "policy": {"default": {
                "lifetime": {"minutes": self.serve["minutes"]}, "name_form": self.serve["attribute_format"],
            }},
            "want_authn_requests_signed": self.serve["signed_requests"],
        }
        return IdPConfig().load({
            "entityid": f"{self.base}/metadata", "xmlsec_binary": shutil.which("xmlsec1"), "key_file": key,
            "cert_file": certificates[0], "additional_cert_files": certificates[1:],
            "metadata": {"inline": self.partners}, "service": {"idp": service}, "http_client_timeout": 10,
        })

    def build(self):
        key, certificate = self.keys[self.signing]
        self.idp = Server(config=self.config(key, [certificate]))
        cipher, session_key = CIPHERS[self.serve["encrypt"] or "aes256-gcm"]
        transport = f"http://www.w3.org/2001/04/xmlenc#{self.serve['key_transport']}"
        entity.pre_encryption_part = lambda **k: pre_encryption_part(msg_enc=cipher, key_enc=transport, **k)
        encrypt = self.idp.sec.crypto.encrypt_assertion
        self.idp.sec.crypto.encrypt_assertion = lambda text, to, form, _, path: encrypt(text, to, form, session_key, path)
        split = apart if self.serve["repeat"] else lambda attributes: attributes
        assertion.from_local = lambda *a: list(split(make_attributes(*a)))
        sha = self.serve["hash"].upper()
        self.algorithms = {
            "sign_alg": getattr(xmldsig, f"SIG_RSA_{sha}"), "digest_alg": getattr(xmldsig, f"DIGEST_{sha}"),
        }

    def answer(self, question):
        if question == "messages":
            messages, self.messages = self.messages, []
            return messages
        if question == "finished":
            finished, self.finished = self.finished, []
            return finished
        if question == "certificates":
            return [open(certificate).read() for _, certificate in self.keys]
        if "partners" in question:
            self.partners = question["partners"]
        if "serve" in question:
            self.serve = {**DEFAULTS, **question["serve"]}
        if "keys" in question:
            self.signing, self.published = question["keys"]["signing"], question["keys"]["published"]
        return self.build()

    def handle(self, request):
        routes = {
            "/metadata": self.metadata, "/sso": self.sso, "/sign-in": self.sign_in, "/slo": self.slo,
            "/unsolicited": self.unsolicited, "/sign-out": self.sign_out,
        }
        route = routes.get(request.path)
        return route(request) if route else self.page(404, "nothing here")

    def page(self, status, text, *headers):
        return status, [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"), *headers], text

    def metadata(self, _):
        certificates = [self.keys[number][1] for number in self.published]
        descriptor = entity_descriptor(self.config(self.keys[self.signing][0], certificates))
        return 200, [("Content-Type", "application/samlmetadata+xml")], str(descriptor)

    def note(self, request):
        binding = "redirect" if request.method == "GET" else "post"
        kind = "SAMLRequest" if "SAMLRequest" in request.given else "SAMLResponse"
        text = self.idp.unravel(request.given[kind], BINDINGS[binding])
        text = text.decode() if isinstance(text, bytes) else text
        signed = "Signature" in request.given or "SignatureValue>" in text
        self.messages.append({
            "binding": binding, "signed": signed, "xml": text, "relay_state": request.given.get("RelayState"),
        })
        signature = {"sigalg": request.given.get("SigAlg"), "signature": request.given.get("Signature")}
        return binding, {"relay_state": request.given.get("RelayState"), **signature}

    def sso(self, request):
        binding, signature = self.note(request)
        asked = self.idp.parse_authn_request(request.given["SAMLRequest"], BINDINGS[binding], **signature).message
        addresses = [acs["location"] for acs in self.idp.metadata.assertion_consumer_service(asked.issuer.text)]
        destination = asked.assertion_consumer_service_url or addresses[0]
        if destination not in addresses:
            return self.page(400, "that address is none of this service provider's")
        contexts = asked.requested_authn_context
        self.pending[asked.id] = {
            "sp": asked.issuer.text, "id": asked.id, "destination": destination,
            "relay": request.given.get("RelayState"),
            "format": asked.name_id_policy and asked.name_id_policy.format,
            "context": contexts.authn_context_class_ref[0].text if contexts else "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        }
        session = self.sessions.get(request.cookies.get("idp"))
        if session and asked.force_authn != "true":
            return self.respond(asked.id, session)
        if asked.is_passive == "true":
            return self.refuse(asked.id, samlp.STATUS_NO_PASSIVE, "nobody is signed in here")
        return self.page(200, PAGE.format(pending=asked.id, message=""))

    def unsolicited(self, request):
        pending, sp = secrets.token_hex(16), request.given["sp"]
        self.pending[pending] = {
            "sp": sp, "id": None, "format": None, "relay": request.given.get("RelayState"),
            "destination": self.idp.metadata.assertion_consumer_service(sp)[0]["location"],
            "context": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        }
        session = self.sessions.get(request.cookies.get("idp"))
        return self.respond(pending, session) if session else self.page(200, PAGE.format(pending=pending, message=""))

    def sign_in(self, request):
        pending = request.given["pending"]
        if request.given.get("action") == "refuse":
            return self.refuse(pending, samlp.STATUS_AUTHN_FAILED, "refused at the provider")
        account = self.accounts.get(request.given.get("login"))
        if not account or account["password"] != request.given.get("password"):
            message = "Wrong login or password."
            return self.page(401, PAGE.format(pending=html.escape(pending), message=message))
        token = secrets.token_hex(16)
        self.sessions[token] = {
            "account": account, "at": int(datetime.datetime.now().timestamp()), "participants": [],
        }
        return self.respond(pending, self.sessions[token], ("Set-Cookie", f"idp={token}; Path=/; HttpOnly; Secure; SameSite=None"))

    def post(self, message, pending, *headers):
        form = self.idp.apply_binding(BINDING_HTTP_POST, str(message), pending["destination"], pending["relay"], response=True)
        return self.page(200, form["data"], *headers)

    def refuse(self, id, status, words):
        pending = self.pending.pop(id)
        signed = self.serve["sign"] in ("response", "both")
        return self.post(self.idp.create_error_response(
            pending["id"], pending["destination"], (status, words), sign=signed, **self.algorithms), pending)

    def respond(self, id, session, *headers):
        pending, account, serve = self.pending.pop(id), session["account"], self.serve
        format = pending["format"] if pending["format"] not in (None, NAMEID_FORMAT_UNSPECIFIED) else serve["name_id"]
        opaque = hashlib.sha256(f"{account['login']} at {pending['sp']}".encode()).hexdigest()
        values = {NAMEID_FORMAT_EMAILADDRESS: account["email"], NAMEID_FORMAT_TRANSIENT: secrets.token_hex(16)}
        name_id = NameID(format=format, text=values.get(format, opaque))
        until = serve["session_minutes"] and in_a_while(minutes=serve["session_minutes"])
        response = self.idp.create_authn_response(
            account["attributes"], pending["id"], pending["destination"], pending["sp"], name_id=name_id,
            authn={"class_ref": serve["context"] or pending["context"], "authn_auth": self.base, "authn_instant": session["at"]},
            sign_response=serve["sign"] in ("response", "both"), sign_assertion=serve["sign"] in ("assertion", "both"),
            encrypt_assertion=serve["encrypt"] is not None, session_not_on_or_after=until, **self.algorithms)
        session["participants"].append((pending["sp"], name_id, statements.pop().session_index))
        return self.post(response, pending, *headers)

    def slo(self, request):
        binding, signature = self.note(request)
        if "SAMLResponse" in request.given:
            try:
                self.idp.parse_logout_request_response(request.given["SAMLResponse"], BINDINGS[binding])
            except StatusError:
                pass  # It is read, and says that it did not go well.
            answer = samlp.logout_response_from_string(self.messages[-1]["xml"])
            self.finished.append({"status": answer.status.status_code.value, "to": answer.in_response_to})
            return self.page(200, "<p>Signed out everywhere.</p>")
        # The library enforces a signature by the setting for authentication requests.
        self.idp.config.setattr("idp", "want_authn_requests_signed", True)
        asked = self.idp.parse_logout_request(request.given["SAMLRequest"], BINDINGS[binding], **signature).message
        self.idp.config.setattr("idp", "want_authn_requests_signed", self.serve["signed_requests"])
        indexes = [index.text for index in asked.session_index]
        for token, session in list(self.sessions.items()):
            if any(name.text == asked.name_id.text and (not indexes or index in indexes)
                   for sp, name, index in session["participants"] if sp == asked.issuer.text):
                del self.sessions[token]
        answer = self.idp.create_logout_response(
            asked, [BINDINGS[self.serve["logout"]]], sign=self.serve["logout"] == "post", **self.algorithms)
        return self.send(answer, str(answer), request.given.get("RelayState"), True)

    def sign_out(self, request):
        """Logout that begins here: tells the service provider of the last login."""
        session = self.sessions.pop(request.cookies.get("idp"))
        sp, name_id, index = session["participants"][-1]
        binding = BINDINGS[self.serve["logout"]]
        destination = self.idp.metadata.single_logout_service(sp, binding, "spsso")[0]["location"]
        _, message = self.idp.create_logout_request(
            destination, sp, name_id=name_id, session_indexes=None if "all" in request.given else [index], expire=in_a_while(minutes=5),
            sign=self.serve["logout"] == "post", **self.algorithms)
        return self.send(message, str(message), "from the provider", False, destination)

    def send(self, message, text, relay, response, destination=None):
        destination = destination or re.search(r'Destination="([^"]+)"', text)[1]
        sent = self.idp.apply_binding(
            BINDINGS[self.serve["logout"]], text, destination, relay, response=response,
            sign=self.serve["logout"] == "redirect", sigalg=self.algorithms["sign_alg"])
        return sent["status"], sent["headers"], sent["data"] if isinstance(sent["data"], str) else ""


def start(settings):
    provider = Provider(settings)
    return {"base": provider.base, "entity_id": f"{provider.base}/metadata"}, provider.answer


run(start)
