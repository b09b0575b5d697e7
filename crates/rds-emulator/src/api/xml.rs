//! XML as AWS Query answers it: elements with text or with elements, no attributes but the
//! namespace.

use std::{borrow::Cow, fmt, io};

use quick_xml::{
    Writer,
    events::{BytesEnd, BytesStart, BytesText, Event},
};

/// An element of an answer.
#[derive(Clone, Debug)]
pub struct Element {
    name: Cow<'static, str>,
    namespace: Option<&'static str>,
    text: Option<String>,
    children: Vec<Element>,
}

impl Element {
    /// An empty element.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            namespace: None,
            text: None,
            children: Vec::new(),
        }
    }

    /// An element with text.
    pub fn text(name: impl Into<Cow<'static, str>>, text: impl fmt::Display) -> Self {
        Self {
            text: Some(text.to_string()),
            ..Self::new(name)
        }
    }

    /// In an XML namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: &'static str) -> Self {
        self.namespace = Some(namespace);
        self
    }

    /// With one more element inside.
    #[must_use]
    pub fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// With more elements inside.
    #[must_use]
    pub fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// With a member that has text.
    #[must_use]
    pub fn member(self, name: &'static str, text: impl fmt::Display) -> Self {
        self.with(Self::text(name, text))
    }

    /// With a member that may be absent.
    #[must_use]
    pub fn optional(self, name: &'static str, text: Option<impl fmt::Display>) -> Self {
        match text {
            Some(text) => self.member(name, text),
            None => self,
        }
    }

    /// The document.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn document(&self) -> io::Result<Vec<u8>> {
        let mut writer = Writer::new(Vec::new());
        self.write(&mut writer)?;
        Ok(writer.into_inner())
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let mut start = BytesStart::new(self.name.as_ref());
        if let Some(namespace) = self.namespace {
            start.push_attribute(("xmlns", namespace));
        }
        writer.write_event(Event::Start(start))?;
        if let Some(text) = &self.text {
            writer.write_event(Event::Text(BytesText::new(&printable(text))))?;
        }
        for child in &self.children {
            child.write(writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new(self.name.as_ref())))
    }
}

/// XML 1.0 has no way to write most control characters.
fn printable(text: &str) -> String {
    let allowed = |one: char| !one.is_control() || matches!(one, '\t' | '\n' | '\r');
    text.chars()
        .map(|one| if allowed(one) { one } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn element_text_is_escaped() {
        let element = Element::new("A").namespace("urn:x").member("B", "<&\u{1}é");
        let document = element.document().expect("the document can be written");
        assert_eq!(
            String::from_utf8_lossy(&document),
            "<A xmlns=\"urn:x\"><B>&lt;&amp;\u{fffd}é</B></A>"
        );
    }
}
