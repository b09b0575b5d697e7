//! Paths to attributes.

use crate::{
    path::{AttributePath, Step},
    proto::tfplugin6::{self as proto, attribute_path::step::Selector},
};

/// A path; it ends at a set, whose elements have no address.
pub(crate) fn attribute_path(path: AttributePath) -> proto::AttributePath {
    let steps = path.steps().iter().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
        };
        proto::attribute_path::Step {
            selector: Some(selector),
        }
    });
    proto::AttributePath {
        steps: steps.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_with_every_kind_of_step_keeps_kinds_and_order() {
        let path = attribute_path(AttributePath::root("a").index(3).key("3").attribute("b"));
        let selectors: Vec<_> = path
            .steps
            .into_iter()
            .filter_map(|step| step.selector)
            .collect();
        assert_eq!(
            selectors,
            [
                Selector::AttributeName("a".to_owned()),
                Selector::ElementKeyInt(3),
                Selector::ElementKeyString("3".to_owned()),
                Selector::AttributeName("b".to_owned()),
            ],
        );
    }
}
