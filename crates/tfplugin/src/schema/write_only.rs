//! Where write-only attributes are, and where there can be none.

use super::{Attribute, AttributeType, BlockBody, Schema};
use crate::path::{AttributePath, Step};

impl Schema {
    /// What is wrong with a schema whose values are never stored, one sentence each: only a managed
    /// resource has a state to keep something out of.
    pub(crate) fn write_only_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        in_body(&self.body, "", &mut problems);
        problems
    }
}

impl BlockBody {
    /// Whether a path leads to something write-only, or into it.
    pub(crate) fn is_write_only(&self, path: &AttributePath) -> bool {
        let names = path.steps().iter().filter_map(|step| match step {
            Step::Attribute(name) => Some(name.as_str()),
            Step::Index(_) | Step::Key(_) => None,
        });
        let mut body = Some(self);
        let mut attributes = &self.attributes[..];
        for name in names {
            if let Some(block) = body.and_then(|body| body.find_block(name)) {
                body = Some(&block.body);
                attributes = &block.body.attributes;
                continue;
            }
            body = None;
            match attributes.iter().find(|attribute| attribute.name == name) {
                Some(attribute) if attribute.write_only => return true,
                Some(Attribute {
                    r#type: AttributeType::Nested(_, nested),
                    ..
                }) => attributes = nested,
                Some(_) | None => return false,
            }
        }
        false
    }
}

fn in_body(body: &BlockBody, path: &str, problems: &mut Vec<String>) {
    in_attributes(&body.attributes, path, problems);
    for block in &body.blocks {
        in_body(&block.body, &format!("{path}{}.", block.name), problems);
    }
}

fn in_attributes(attributes: &[Attribute], path: &str, problems: &mut Vec<String>) {
    for attribute in attributes {
        let name = format!("{path}{}", attribute.name);
        if attribute.write_only {
            problems.push(format!(
                "{name} is write-only outside of a managed resource"
            ));
        }
        if let AttributeType::Nested(_, nested) = &attribute.r#type {
            in_attributes(nested, &format!("{name}."), problems);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Block;

    #[test]
    fn path_to_a_write_only_attribute_is_found_in_blocks_and_nested_attributes() {
        let key = || Attribute::string("key_wo").optional().write_only();
        let whole = Attribute::nested_single("whole_wo", [Attribute::string("a").optional()]);
        let body = Schema::new(0)
            .attribute(key())
            .attribute(Attribute::string("plain").optional())
            .attribute(Attribute::nested_list("part", [key()]).optional())
            .attribute(whole.optional().write_only())
            .block(Block::map("rule").block(Block::single("inner").attribute(key())))
            .body;
        let root = AttributePath::root;
        let inner = root("rule").key("a").attribute("inner");
        let table = [
            (root("key_wo"), true),
            (root("part").index(0).attribute("key_wo"), true),
            (root("whole_wo").attribute("a"), true),
            (inner.clone().attribute("key_wo"), true),
            (inner.attribute("plain"), false),
            (root("plain"), false),
            (root("part"), false),
            (root("nowhere"), false),
            (root("plain").attribute("key_wo"), false),
            (AttributePath::default(), false),
        ];
        for (path, expected) in table {
            assert_eq!(body.is_write_only(&path), expected, "{path}");
        }
    }
}
