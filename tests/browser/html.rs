//! As much HTML as the tests read: tags, text, links and forms. It is as forgiving as a browser and knows no layout.

use std::collections::HashMap;

use super::markup::{HtmlToken, pieces};

/// An `<a href>`.
#[derive(Debug, Clone)]
pub struct Link {
    pub href: String,
    pub id: Option<String>,
    pub text: String,
}

/// A `<form>` with everything that it would send.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pub id: Option<String>,
    pub name: Option<String>,
    /// The action as written. Empty means the page's own address.
    pub action: String,
    /// In lower case; `get` if the form names no method.
    pub method: String,
    pub enctype: Option<String>,
    pub fields: Vec<Field>,
}

/// A form control.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: Option<String>,
    pub value: String,
    pub kind: FieldKind,
    /// The label of a button.
    pub label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Sent with its value: text, password, hidden, textarea, select.
    Value,
    /// A checkbox or a radio button, which is sent if it is checked.
    Choice { checked: bool },
    /// Sent if it is the button that is pressed.
    Button,
}

/// A parsed document.
#[derive(Debug, Default)]
pub struct Document {
    pub title: String,
    /// What a reader sees, with white space collapsed.
    pub text: String,
    pub links: Vec<Link>,
    pub forms: Vec<Form>,
    /// The content of each `<meta>`, by its `name` or `http-equiv` in lower case.
    pub metas: Vec<(String, String)>,
}

impl Document {
    pub fn parse(source: &str) -> Self {
        let mut document = Self::default();
        let (mut link, mut form, mut button): (Option<Link>, Option<Form>, Option<Field>) =
            (None, None, None);
        let mut options: Option<(Option<String>, Option<String>)> = None;
        let mut hidden: Option<String> = None;
        for piece in pieces(source) {
            match piece {
                HtmlToken::Open { name, mut attributes } => match name.as_str() {
                    "title" | "script" | "style" | "template" | "textarea" => {
                        if name == "textarea"
                            && let Some(form) = &mut form
                        {
                            form.fields.push(Field::new(&mut attributes, FieldKind::Value, String::new()));
                        }
                        hidden = Some(name);
                    }
                    "a" => {
                        link = attributes.remove("href").map(|href| Link {
                            href,
                            id: attributes.remove("id"),
                            text: String::new(),
                        });
                    }
                    "meta" => {
                        let key = attributes.remove("name").or_else(|| attributes.remove("http-equiv"));
                        document.metas.extend(
                            key.map(|key| key.to_ascii_lowercase()).zip(attributes.remove("content")),
                        );
                    }
                    "form" => form = Some(Form::open(attributes)),
                    "select" => options = Some((attributes.remove("name"), None)),
                    "option" => {
                        if let Some((_, chosen)) = &mut options
                            && (chosen.is_none() || attributes.contains_key("selected"))
                        {
                            *chosen = Some(attributes.remove("value").unwrap_or_default());
                        }
                    }
                    "button" => {
                        let sends =
                            attributes.get("type").is_none_or(|kind| kind.eq_ignore_ascii_case("submit"));
                        button = sends.then(|| {
                            let value = attributes.remove("value").unwrap_or_default();
                            Field::new(&mut attributes, FieldKind::Button, value)
                        });
                    }
                    "input" => {
                        if let Some(form) = &mut form {
                            form.fields.extend(Field::input(attributes));
                        }
                    }
                    _ => document.text.push(' '),
                },
                HtmlToken::Close(name) => {
                    hidden = hidden.filter(|open| *open != name);
                    match name.as_str() {
                        "a" => document.links.extend(link.take()),
                        "form" => document.forms.extend(form.take()),
                        "select" => {
                            if let (Some(form), Some((name, value))) = (&mut form, options.take()) {
                                let value = value.unwrap_or_default();
                                form.fields.push(Field {
                                    name,
                                    value,
                                    kind: FieldKind::Value,
                                    label: String::new(),
                                });
                            }
                        }
                        "button" => {
                            if let Some(form) = &mut form {
                                form.fields.extend(button.take());
                            }
                        }
                        _ => document.text.push(' '),
                    }
                }
                HtmlToken::Text(text) => match hidden.as_deref() {
                    Some("title") => document.title.push_str(&text),
                    Some("textarea") => {
                        if let Some(field) = form.as_mut().and_then(|form| form.fields.last_mut()) {
                            field.value.push_str(&text);
                        }
                    }
                    Some(_) => {}
                    None => {
                        document.text.push_str(&text);
                        if let Some(link) = &mut link {
                            link.text.push_str(&text);
                        }
                        if let Some(button) = &mut button {
                            button.label.push_str(&text);
                        }
                    }
                },
            }
        }
        document.forms.extend(form);
        document.title = collapse(&document.title);
        document.text = collapse(&document.text);
        document
    }

    /// Returns the content of a `<meta>` by its `name` or `http-equiv`.
    pub fn meta(&self, key: &str) -> Option<&str> {
        self.metas.iter().find(|(name, _)| name == key).map(|(_, content)| content.as_str())
    }
}

impl Form {
    fn open(mut attributes: HashMap<String, String>) -> Self {
        Self {
            id: attributes.remove("id"),
            name: attributes.remove("name"),
            action: attributes.remove("action").unwrap_or_default(),
            method: attributes.remove("method").unwrap_or_else(|| "get".to_owned()).to_ascii_lowercase(),
            enctype: attributes.remove("enctype"),
            fields: Vec::new(),
        }
    }

    pub fn buttons(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.kind == FieldKind::Button)
    }
}

impl Field {
    fn new(attributes: &mut HashMap<String, String>, kind: FieldKind, value: String) -> Self {
        Self { name: attributes.remove("name"), value, kind, label: String::new() }
    }

    fn input(mut attributes: HashMap<String, String>) -> Option<Self> {
        let checked = attributes.contains_key("checked");
        let value = attributes.remove("value");
        let (kind, value) = match attributes.remove("type").unwrap_or_default().to_ascii_lowercase().as_str()
        {
            "button" | "reset" | "image" => return None,
            "submit" => (FieldKind::Button, value.unwrap_or_default()),
            "checkbox" | "radio" => (FieldKind::Choice { checked }, value.unwrap_or_else(|| "on".to_owned())),
            _ => (FieldKind::Value, value.unwrap_or_default()),
        };
        Some(Self { label: value.clone(), ..Self::new(&mut attributes, kind, value) })
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
