//! Modifies XML as attackers do: subtrees are moved, duplicated, removed, renamed, or put in the place of others.
//!
//! The changes are those of known attacks on signed XML: signature wrapping (an element is moved or copied, and another
//! takes its place), changed and doubled IDs, comments inside of names, other namespaces, and document types. After
//! them, bytes are changed without regard to the markup.

mod words;

use self::words::{ATTRIBUTES, NAMES, NAMESPACES, TEXTS, VALUES};
use crate::{
    bytes,
    program::Program,
    tree::{Element, Item},
};

/// A document with this many elements or more is not changed further.
const MOST: usize = 800;

/// Returns the document, modified as the program says. Parts of other documents may be inserted.
pub fn bend(document: &Element, others: &[Element], program: &mut Program<'_>) -> Vec<u8> {
    let among: Vec<_> = others.iter().collect();
    let mut document = document.clone();
    for _ in 0..=program.below(4) {
        if document.count() < MOST {
            change(&mut document, &among, program);
        }
    }
    let mut text = String::new();
    document.write(&mut text);
    let mut bytes = text.into_bytes();
    bytes::bend(&mut bytes, program);
    bytes
}

fn change(document: &mut Element, among: &[&Element], program: &mut Program<'_>) {
    let count = document.count();
    let at = program.below(count);
    match program.byte() % 24 {
        // Copies the element to another place, or moves it there.
        0 => copy(document, at).into_iter().for_each(|copy| insert(document, copy, program)),
        1 => {
            let moved = copy(document, at);
            document.replace(at, Vec::new());
            moved.into_iter().for_each(|moved| insert(document, moved, program));
        }
        2 => drop(document.replace(at, Vec::new())),
        3 => {
            if let Some(inner) = copy(document, at) {
                let outer = Element { name: program.pick(&NAMES).to_owned(), ..Element::default() };
                let outer = Element { items: vec![Item::Element(inner)], ..carrying(outer) };
                document.replace(at, vec![Item::Element(outer)]);
            }
        }
        4 => {
            if let Some(outer) = copy(document, at) {
                document.replace(at, outer.items);
            }
        }
        5 => swap(document, at, program.below(count)),
        6 | 7 => {
            let name = program.pick(&ATTRIBUTES);
            let value = match program.byte() % 3 {
                0 => some_value(document, program),
                _ => program.pick(&VALUES).to_owned(),
            };
            with(document, at, |element| set(element, name, value));
        }
        8 => {
            let which = program.below(8);
            with(document, at, |element| {
                if which < element.attributes.len() {
                    element.attributes.remove(which);
                }
            });
        }
        9 => {
            let (which, value) = (program.below(8), program.pick(&VALUES));
            with(document, at, |element| {
                if let Some(attribute) = element.attributes.get_mut(which) {
                    value.clone_into(&mut attribute.1);
                }
            });
        }
        10 => {
            let text = program.pick(&TEXTS);
            with(document, at, |element| element.items = vec![Item::Raw(text.to_owned())]);
        }
        11 | 12 => into_text(document, at, program),
        13 => {
            let name = program.pick(&NAMES);
            with(document, at, |element| name.clone_into(&mut element.name));
        }
        14 | 15 => {
            // Inserts an element from another document.
            let mut other = program.pick(among).clone();
            let piece = program.below(other.count());
            if let Some(piece) = copy(&mut other, piece) {
                match program.byte() % 2 {
                    0 => insert(document, piece, program),
                    _ => drop(document.replace(at, vec![Item::Element(piece)])),
                }
            }
        }
        16..19 => twin(document, program),
        _ => harmless(document, at, program),
    }
}

/// Makes a change that canonicalization removes. A rule may forbid it nevertheless.
fn harmless(document: &mut Element, at: usize, program: &mut Program<'_>) {
    let how = program.byte() % 5;
    with(document, at, |element| match how {
        0 => element.attributes.reverse(),
        1 => set(element, "xmlns:unused", "urn:unused".to_owned()),
        2 if !element.name.is_empty() => *element = carrying(element.clone()),
        3 if element.children().next().is_some() => {
            element.items.insert(0, Item::Raw("<!-- harmless -->".to_owned()));
        }
        _ => {
            let texts = element.items.iter_mut().filter_map(|item| match item {
                Item::Raw(text) if !text.contains(['<', '&']) => Some(text),
                Item::Raw(_) | Item::Element(_) => None,
            });
            texts.for_each(|text| *text = text.replacen('e', "&#101;", 1));
        }
    });
}

/// Adds an assertion about another user: beside, inside, around, or in the place of the signed one.
fn twin(document: &mut Element, program: &mut Program<'_>) {
    let Some(at) = document.find("Assertion") else { return };
    let Some(original) = copy(document, at) else { return };
    let mut evil = original.clone();
    let is_signature = |item: &Item| matches!(item, Item::Element(element) if element.local() == "Signature");
    evil.items.retain(|item| !is_signature(item));
    turn_evil(&mut evil);
    match program.byte() % 4 {
        0 => set(&mut evil, "ID", "_e1".to_owned()),
        1 => {
            evil.attributes.retain(|(name, _)| name != "ID");
            set(&mut evil, "id", "_a1".to_owned());
        }
        _ => {}
    }
    let signature = original.items.iter().find(|item| is_signature(item)).cloned();
    match program.byte() % 4 {
        0 => insert(document, evil, program),
        1 => {
            insert(&mut evil, original, program);
            document.replace(at, vec![Item::Element(evil)]);
        }
        2 => {
            evil.items.extend(signature);
            let mut bare = original;
            bare.items.retain(|item| !is_signature(item));
            insert(&mut evil, bare, program);
            document.replace(at, vec![Item::Element(evil)]);
        }
        _ => {
            evil.items.extend(signature);
            document.replace(at, vec![Item::Element(evil), Item::Element(original)]);
        }
    }
}

fn turn_evil(element: &mut Element) {
    for item in &mut element.items {
        match item {
            Item::Raw(text) => *text = text.replace("ada@", "root@").replace("eve@", "root@"),
            Item::Element(element) => turn_evil(element),
        }
    }
}

/// Inserts text in the middle of an element's text, or before its content.
fn into_text(document: &mut Element, at: usize, program: &mut Program<'_>) {
    let (text, place) = (program.pick(&TEXTS), program.below(16));
    with(document, at, |element| match element.items.first_mut() {
        Some(Item::Raw(first)) if first.is_char_boundary(place.min(first.len())) => {
            first.insert_str(place.min(first.len()), text);
        }
        Some(Item::Raw(_) | Item::Element(_)) | None => element.items.insert(0, Item::Raw(text.to_owned())),
    });
}

fn swap(document: &mut Element, one: usize, other: usize) {
    let (early, late) = (one.min(other), one.max(other));
    if let (Some(first), Some(second)) = (copy(document, early), copy(document, late)) {
        // The later element is replaced first, because this does not change the numbers of earlier elements.
        document.replace(late, vec![Item::Element(first)]);
        document.replace(early, vec![Item::Element(second)]);
    }
}

/// Returns a copy of the element that has the same meaning in another place. Returns `None` for the document itself.
fn copy(document: &mut Element, at: usize) -> Option<Element> {
    let element = document.nth(at)?.clone();
    (!element.name.is_empty()).then(|| carrying(element))
}

/// Adds declarations of the namespaces that the element may need. Exclusive canonicalization removes the unused ones.
fn carrying(mut element: Element) -> Element {
    for (name, uri) in NAMESPACES {
        if !element.attributes.iter().any(|(own, _)| own == name) {
            element.attributes.push((name.to_owned(), uri.to_owned()));
        }
    }
    element
}

fn insert(document: &mut Element, what: Element, program: &mut Program<'_>) {
    let (at, place) = (program.below(document.count()), program.below(8));
    with(document, at, |parent| parent.items.insert(place.min(parent.items.len()), Item::Element(what)));
}

fn with(document: &mut Element, at: usize, change: impl FnOnce(&mut Element)) {
    document.nth(at).into_iter().next().map(change).unwrap_or_default();
}

fn set(element: &mut Element, name: &str, value: String) {
    element.attributes.retain(|(own, _)| own != name);
    element.attributes.push((name.to_owned(), value));
}

/// Returns an attribute value from elsewhere in the document.
fn some_value(document: &mut Element, program: &mut Program<'_>) -> String {
    let at = program.below(document.count());
    let attributes = document.nth(at).map(|element| element.attributes.clone()).unwrap_or_default();
    let values: Vec<_> = attributes.iter().map(|(_, value)| value.as_str()).chain([""]).collect();
    program.pick(&values).to_owned()
}
