//! Everything that the demo must leave as it was.

use std::collections::BTreeMap;

/// Facts by name: parameters, roles, memberships, publications, slots, rights on tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, String>);

impl Snapshot {
    /// Adds a fact.
    pub fn insert(&mut self, name: String, value: String) {
        self.0.insert(name, value);
    }

    /// How many facts there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each fact in which another snapshot differs, as `name: before -> after`.
    pub fn differences(&self, after: &Self) -> Vec<String> {
        let absent = "(absent)".to_owned();
        let names = self
            .0
            .keys()
            .chain(after.0.keys().filter(|name| !self.0.contains_key(*name)));
        names
            .filter_map(|name| {
                let before = self.0.get(name).unwrap_or(&absent);
                let after = after.0.get(name).unwrap_or(&absent);
                (before != after).then(|| format!("{name}: {before} -> {after}"))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Snapshot;

    #[test]
    fn differences_of_changed_lost_and_new_facts_are_named() {
        let of = |facts: &[(&str, &str)]| {
            let mut snapshot = Snapshot::default();
            for (name, value) in facts {
                snapshot.insert((*name).to_owned(), (*value).to_owned());
            }
            snapshot
        };
        let before = of(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert!(before.differences(&before.clone()).is_empty());
        assert_eq!(
            before.differences(&of(&[("a", "1"), ("b", "9"), ("d", "4")])),
            ["b: 2 -> 9", "c: 3 -> (absent)", "d: (absent) -> 4"]
        );
    }
}
