//! Row filters as they were written: the server prints them back otherwise.

use std::collections::BTreeMap;

use tfplugin::Private;

use crate::postgres::{TableName, publish::WrittenFilter};

/// Where the private data keeps them.
const KEY: &str = "filters";

/// The filters that were written, each with what the server made of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters(BTreeMap<TableName, WrittenFilter>);

impl Filters {
    /// Those that the private data has.
    pub(super) fn recorded(private: &Private) -> Self {
        let recorded: BTreeMap<String, (String, String)> = private.get(KEY).unwrap_or_default();
        let filters = recorded
            .into_iter()
            .filter_map(|(table, (written, stored))| {
                Some((
                    TableName::parse(&table).ok()?,
                    WrittenFilter { written, stored },
                ))
            });
        Self(filters.collect())
    }

    /// Keeps filters in the private data, in place of those that it has.
    pub(super) fn record(private: &mut Private, filters: &BTreeMap<TableName, WrittenFilter>) {
        if filters.is_empty() {
            private.remove(KEY);
            return;
        }
        let filters: BTreeMap<String, (&String, &String)> = filters
            .iter()
            .map(|(table, filter)| (table.to_string(), (&filter.written, &filter.stored)))
            .collect();
        // Texts always have a JSON form.
        let _ = private.set(KEY, &filters);
    }

    /// A filter as it was written, or as the server prints it where it is another one by now.
    pub(super) fn as_written(&self, table: &TableName, stored: &str) -> String {
        match self.0.get(table) {
            Some(filter) if filter.stored == stored => filter.written.clone(),
            _ => stored.to_owned(),
        }
    }

    /// All of them.
    pub(super) fn into_inner(self) -> BTreeMap<TableName, WrittenFilter> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_is_shown_as_it_was_written_until_the_server_has_another_one() {
        let table = TableName::new("a.b", "c");
        let filter = WrittenFilter {
            written: "v in ('x')".to_owned(),
            stored: "v = 'x'::text".to_owned(),
        };
        let mut private = Private::default();
        Filters::record(&mut private, &BTreeMap::from([(table.clone(), filter)]));
        let filters = Filters::recorded(&private);
        assert_eq!(filters.as_written(&table, "v = 'x'::text"), "v in ('x')");
        assert_eq!(filters.as_written(&table, "v = 'y'::text"), "v = 'y'::text");
        Filters::record(&mut private, &BTreeMap::new());
        assert_eq!(private, Private::default());
    }
}
