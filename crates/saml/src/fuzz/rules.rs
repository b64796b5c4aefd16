//! The rules that hold for every document whose assertion is accepted.
//!
//! They are checked without this crate's reader: in a separate tree, and by names only.

use uppsala::{Attribute, Document, Element, NodeId, NodeKind, Parser};

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Asserts the rules for a document with this root.
pub(crate) fn check(text: &str, root: &str) {
    assert!(!text.contains("<!DOCTYPE"), "a document type");
    // The kind of line ends does not matter here.
    let dom = Parser::new().parse(text).expect("what is accepted is well-formed");
    let all: Vec<_> = (0..).map(NodeId::new).map_while(|id| Some((id, dom.node_kind(id)?))).collect();
    let instruction = all.iter().any(|(_, kind)| matches!(kind, NodeKind::ProcessingInstruction(_)));
    assert!(!instruction, "a processing instruction");
    let elements: Vec<_> = all.iter().filter_map(|(id, _)| Some((*id, dom.element(*id)?))).collect();
    let top = dom.document_element().and_then(|id| dom.element(id)).expect("a root");
    assert_eq!(top.name.local_name, root);

    let count = |local: &str| elements.iter().filter(|(_, element)| element.name.local_name == local).count();
    assert_eq!(count("Assertion") + count("EncryptedAssertion"), 1, "one assertion");
    assert_eq!(count("Response"), usize::from(root == "Response"), "a response inside");

    let mut ids: Vec<_> = elements.iter().flat_map(|(_, element)| ids(element)).collect();
    let found = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), found, "an ID appears twice: {ids:?}");

    let mut covered = Vec::new();
    for (id, signature) in elements.iter().filter(|(_, element)| element.name.local_name == "Signature") {
        assert_eq!(signature.name.namespace_uri.as_deref(), Some(DS));
        let parent = dom.parent(*id).expect("a parent");
        assert!(!covered.contains(&parent), "two signatures in one element");
        covered.push(parent);
        check_signature(&dom, *id, dom.element(parent).expect("an element"));
    }
    assert!(!covered.is_empty(), "no signature");

    // An unsigned response may contain anything in its Status or Extensions, because no name is read there.
    let aside = |id: NodeId| {
        let above = std::iter::successors(Some(id), |id| dom.parent(*id));
        let mut names = above.filter_map(|id| dom.element(id)).map(|element| &*element.name.local_name);
        names.any(|name| ["Status", "Extensions"].contains(&name))
    };
    for (id, element) in elements.iter().filter(|(id, _)| !aside(*id)) {
        if ["NameID", "Issuer", "Audience", "AttributeValue", "DigestValue", "SignatureValue"]
            .contains(&&*element.name.local_name)
        {
            let texts =
                dom.children_iter(*id).filter(|id| matches!(dom.node_kind(*id), Some(NodeKind::Text(_))));
            assert!(dom.children_iter(*id).count() <= 1 && texts.count() <= 1, "{}", element.name.local_name);
        }
    }
}

/// Asserts that the signature has one reference, which is to the element that contains the signature, and the two
/// transforms.
fn check_signature(dom: &Document<'_>, id: NodeId, parent: &Element<'_>) {
    assert!(
        ["Response", "Assertion"].contains(&&*parent.name.local_name),
        "a signature in {:?}",
        parent.name
    );
    let mut below = vec![id];
    let mut at = 0;
    while let Some(id) = below.get(at) {
        below.extend(dom.children_iter(*id).collect::<Vec<_>>());
        at += 1;
    }
    let all = |local: &str| -> Vec<&Element<'_>> {
        let elements = below.iter().filter_map(|id| dom.element(*id));
        elements.filter(|element| element.name.local_name == local).collect()
    };
    assert_eq!((all("SignedInfo").len(), all("Object").len(), all("Manifest").len()), (1, 0, 0));
    let [reference] = all("Reference")[..] else { panic!("not one reference") };
    let own = attribute(parent, "ID").expect("an ID");
    assert_eq!(attribute(reference, "URI"), Some(&*format!("#{own}")), "a reference to something else");
    let transforms: Vec<_> =
        all("Transform").iter().map(|transform| attribute(transform, "Algorithm")).collect();
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    assert_eq!(transforms, [Some(enveloped), Some("http://www.w3.org/2001/10/xml-exc-c14n#")]);
    for method in all("SignatureMethod").into_iter().chain(all("DigestMethod")) {
        let algorithm = attribute(method, "Algorithm").unwrap_or_default();
        assert!(!algorithm.contains("sha1") && !algorithm.contains("hmac"), "{algorithm}");
    }
}

fn attribute<'d>(element: &'d Element<'_>, local: &str) -> Option<&'d str> {
    let mut found = element
        .attributes
        .iter()
        .filter(|attribute| attribute.name.namespace_uri.is_none() && attribute.name.local_name == local);
    found.next().map(|attribute| &*attribute.value)
}

fn ids<'d>(element: &'d Element<'_>) -> impl Iterator<Item = &'d str> {
    let is_id = |attribute: &&Attribute<'_>| attribute.name.local_name.eq_ignore_ascii_case("id");
    element.attributes.iter().filter(is_id).map(|attribute| &*attribute.value)
}
