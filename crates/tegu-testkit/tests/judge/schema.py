"""Judges requests and answers by Microsoft's schema.

Argument: the folder of Types.xsd and Messages.xsd. Standard input: JSON lines with "request" and "response", each a SOAP
envelope. Standard output: one line for each fault found, and at last the number of messages judged.
"""

import json
import pathlib
import sys
import tempfile

from lxml import etree

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
XML_NAMESPACE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="http://www.w3.org/XML/1998/namespace"><xs:attribute name="lang" type="xs:language"/></xs:schema>"""


def schema(folder):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        scratch.joinpath("xml.xsd").write_text(XML_NAMESPACE)
        for name in ("Types", "Messages"):
            text = pathlib.Path(folder, name + ".xsd").read_text("utf-8-sig")
            text = text.replace(
                '<xs:import namespace="http://www.w3.org/XML/1998/namespace"/>',
                '<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="xml.xsd"/>',
            )
            scratch.joinpath(name.lower() + ".xsd").write_text(text)
        return etree.XMLSchema(etree.parse(str(scratch / "messages.xsd")))


def main():
    judge = schema(sys.argv[1])
    count = 0
    for line in sys.stdin:
        exchange = json.loads(line)
        for side in ("request", "response"):
            parser = etree.XMLParser(huge_tree=True)
            try:
                envelope = etree.fromstring(exchange[side].encode(), parser)
            except etree.XMLSyntaxError as error:
                print(f"{side}: {error}: {exchange[side][:300]}")
                continue
            for element in envelope.find(SOAP + "Body"):
                if element.tag == SOAP + "Fault":
                    continue
                count += 1
                # A document of its own, so that line numbers and prefixes are the element's.
                alone = etree.fromstring(etree.tostring(element), parser)
                if not judge.validate(alone):
                    for error in judge.error_log:
                        print(f"{side} {etree.QName(element).localname}: {error.message}")
    print(f"judged {count}")


main()
