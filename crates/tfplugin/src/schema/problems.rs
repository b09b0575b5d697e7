//! What Terraform refuses about a schema as it loads a provider.

use std::collections::BTreeSet;

use super::{Attribute, AttributeType, Block, BlockBody, BlockNesting, Nesting, Schema, Validator};

impl Schema {
    /// What Terraform or OpenTofu would refuse, one sentence each; empty when all is well.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.version < 0 {
            problems.push("the version is negative".to_owned());
        }
        body(&self.body, "", false, &mut problems);
        problems
    }

    /// The same for a schema whose values are configurations only: nothing stores what the
    /// provider would set.
    pub(crate) fn configuration_problems(&self) -> Vec<String> {
        let mut problems = self.problems();
        computed(&self.body, "", &mut problems);
        problems
    }
}

fn body(body_of: &BlockBody, path: &str, in_set: bool, problems: &mut Vec<String>) {
    let mut names = BTreeSet::new();
    for attribute in &body_of.attributes {
        if !names.insert(&attribute.name) {
            problems.push(format!("{path}{} is there twice", attribute.name));
        }
        self::attribute(attribute, path, in_set, problems);
    }
    for block in &body_of.blocks {
        if !names.insert(&block.name) {
            problems.push(format!("{path}{} is there twice", block.name));
        }
        self::block(block, path, in_set, problems);
    }
    for rule in &body_of.rules {
        for name in rule.names().iter().filter(|name| !names.contains(name)) {
            problems.push(format!("a rule speaks of {path}{name}, which is not there"));
        }
    }
}

fn attribute(attribute: &Attribute, path: &str, in_set: bool, problems: &mut Vec<String>) {
    let name = format!("{path}{}", attribute.name);
    let mut refuse = |condition: bool, how: &str| {
        if condition {
            problems.push(format!("{name} {how}"));
        }
    };
    refuse(
        !is_name(&attribute.name),
        "is not a name of lower-case letters, digits and underscores",
    );
    refuse(
        !attribute.required && !attribute.optional && !attribute.computed,
        "is none of required, optional and computed",
    );
    refuse(
        attribute.required && (attribute.optional || attribute.is_computed()),
        "is required, so that it can be neither optional nor computed nor have a default",
    );
    refuse(
        attribute.default.is_some() && !attribute.optional,
        "has a default and is not optional",
    );
    refuse(
        attribute.write_only && attribute.is_computed(),
        "is write-only, so that nothing can be computed for it",
    );
    refuse(in_set && attribute.write_only, "is write-only inside a set");
    refuse(
        in_set && attribute.value_type().has_dynamic(),
        "is dynamic inside a set",
    );
    for problem in attribute.validators.iter().filter_map(Validator::problem) {
        problems.push(format!("{name} is validated wrongly: {problem}"));
    }
    if let AttributeType::Nested(nesting, attributes) = &attribute.r#type {
        let in_set = in_set || *nesting == Nesting::Set;
        let path = format!("{name}.");
        for nested in attributes {
            self::attribute(nested, &path, in_set, problems);
        }
    }
}

fn block(block: &Block, path: &str, in_set: bool, problems: &mut Vec<String>) {
    let name = format!("{path}{}", block.name);
    let mut refuse = |condition: bool, how: &str| {
        if condition {
            problems.push(format!("{name} {how}"));
        }
    };
    refuse(
        !is_name(&block.name),
        "is not a name of lower-case letters, digits and underscores",
    );
    let (min, max) = (block.min_items, block.max_items);
    let items_fit = match block.nesting {
        BlockNesting::Single => min == max && (0..=1).contains(&min),
        BlockNesting::Group | BlockNesting::Map => min == 0 && max == 0,
        BlockNesting::List | BlockNesting::Set => min >= 0 && (min <= max || max == 0),
    };
    refuse(
        !items_fit,
        "has numbers of blocks that do not go with its nesting",
    );
    let in_set = in_set || block.nesting == BlockNesting::Set;
    body(&block.body, &format!("{name}."), in_set, problems);
}

fn computed(body_of: &BlockBody, path: &str, problems: &mut Vec<String>) {
    computed_attributes(&body_of.attributes, path, problems);
    for block in &body_of.blocks {
        computed(&block.body, &format!("{path}{}.", block.name), problems);
    }
}

fn computed_attributes(attributes: &[Attribute], path: &str, problems: &mut Vec<String>) {
    for attribute in attributes {
        let name = format!("{path}{}", attribute.name);
        if attribute.is_computed() {
            problems.push(format!(
                "{name} is computed or has a default, and there is no state to put it into"
            ));
        }
        if attribute.write_only {
            problems.push(format!("{name} is write-only, as everything here is"));
        }
        if let AttributeType::Nested(_, nested) = &attribute.r#type {
            computed_attributes(nested, &format!("{name}."), problems);
        }
    }
}

pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
