"""Canonicalizes, signs and encrypts with lxml, signxml and xmlsec1.

One JSON array of questions on stdin, one JSON array of answers on stdout.
"""

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from lxml import etree
from signxml import XMLSigner, methods

EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"


def parse(document):
    return etree.fromstring(document.encode(), etree.XMLParser(resolve_entities=False, no_network=True))


def canonicalize(question):
    """The element with the attribute `target`, by exclusive canonicalization without comments."""
    element = parse(question["document"]).xpath("//*[@target]")[0]
    prefixes = question["prefixes"]
    canonical = etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, with_tail=False, inclusive_ns_prefixes=prefixes or None
    )
    return base64.b64encode(canonical).decode()


def signxml(question):
    """Signs the element with this ID."""
    root = parse(question["document"])
    element = root.xpath("//*[@ID=$id]", id=question["id"])[0]
    signer = XMLSigner(
        method=methods.enveloped,
        signature_algorithm=question.get("method", "rsa-sha256"),
        digest_algorithm=question.get("digest", "sha256"),
        c14n_algorithm=EXC,
    )
    signed = signer.sign(element, key=question["key"], reference_uri="#" + question["id"], id_attribute="ID")
    if element is root:
        root = signed
    else:
        element.getparent().replace(element, signed)
    return etree.tostring(root).decode()


def xmlsec1(arguments, files):
    with tempfile.TemporaryDirectory() as directory:
        for name, content in files.items():
            Path(directory, name).write_text(content)
        command = ["xmlsec1", arguments[0], "--output", "out.xml", *arguments[1:]]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return Path(directory, "out.xml").read_text()


def xmlsec1_sign(question):
    """Fills in the first empty signature of the document."""
    ids = ["--id-attr:ID", SAML + ":Assertion", "--id-attr:ID", SAMLP + ":Response"]
    files = {"in.xml": question["document"], "key.pem": question["key"]}
    return xmlsec1(["--sign", "--privkey-pem", "key.pem", *ids, "in.xml"], files)


def xmlsec1_encrypt(question):
    """Encrypts the assertion of the document by a template."""
    files = {"in.xml": question["document"], "template.xml": question["template"], "key.pem": question["key"]}
    arguments = ["--encrypt", "--pubkey-pem", "key.pem", "--session-key", question["session_key"]]
    return xmlsec1([*arguments, "--xml-data", "in.xml", "--node-name", SAML + ":Assertion", "template.xml"], files)


ANSWERS = {
    "canonicalize": canonicalize,
    "signxml": signxml,
    "xmlsec1_sign": xmlsec1_sign,
    "xmlsec1_encrypt": xmlsec1_encrypt,
}

json.dump([ANSWERS[question["ask"]](question) for question in json.load(sys.stdin)], sys.stdout)
