//! What only newer servers know.
//! <https://www.postgresql.org/docs/release/>

use std::fmt;

use super::definition::Definition;

/// What not every server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `FOR TABLES IN SCHEMA`.
    Schemas,
    /// Lists of columns.
    Columns,
    /// Row filters.
    Filters,
    /// `publish_via_partition_root`.
    ViaPartitionRoot,
    /// `publish_generated_columns`.
    GeneratedColumns,
}

/// What a server is too old for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOld {
    /// What it does not know.
    pub feature: Feature,
    /// The major version of the server.
    pub major: u32,
}

impl Feature {
    /// The first major version that knows it.
    pub fn since(self) -> u32 {
        match self {
            Self::ViaPartitionRoot => 13,
            Self::Schemas | Self::Columns | Self::Filters => 15,
            Self::GeneratedColumns => 18,
        }
    }

    fn is_in(self, definition: &Definition) -> bool {
        let mut members = definition.contents.tables().map(|(_, member)| member);
        match self {
            Self::Schemas => definition.contents.schemas().next().is_some(),
            Self::Columns => members.any(|member| member.columns.is_some()),
            Self::Filters => members.any(|member| member.filter.is_some()),
            Self::ViaPartitionRoot => definition.via_partition_root,
            Self::GeneratedColumns => definition.generated_columns,
        }
    }
}

/// What of a definition a server of that version, such as 140024, does not know.
pub fn too_old(definition: &Definition, version: u32) -> Option<TooOld> {
    let major = version / 10_000;
    let all = [
        Feature::Schemas,
        Feature::Columns,
        Feature::Filters,
        Feature::ViaPartitionRoot,
        Feature::GeneratedColumns,
    ];
    let feature = all
        .into_iter()
        .find(|feature| feature.since() > major && feature.is_in(definition))?;
    Some(TooOld { feature, major })
}

/// Whether a stream is known not to lose a table that joins while somebody writes to it.
pub(in crate::postgres) fn keeps_joining_tables(version: u32) -> bool {
    // The first minor versions of which it was tried.
    let proven = match version / 10_000 {
        0..=13 => return false,
        14 => 24,
        15 => 19,
        16 => 15,
        17 => 11,
        18 => 6,
        _ => 0,
    };
    version % 10_000 >= proven
}

/// Whether partitioned tables can be published.
pub(in crate::postgres) fn knows_partitioned_tables(version: u32) -> bool {
    version >= 130_000
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Schemas => "FOR TABLES IN SCHEMA",
            Self::Columns => "lists of columns",
            Self::Filters => "row filters",
            Self::ViaPartitionRoot => "publish_via_partition_root",
            Self::GeneratedColumns => "publish_generated_columns",
        })
    }
}

impl fmt::Display for TooOld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server is PostgreSQL {}, which has no {}: that came with {}",
            self.major,
            self.feature,
            self.feature.since()
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::postgres::{
        publication::{Contents, Member, Operations},
        table_name::TableName,
    };

    #[test]
    fn gate_names_what_the_server_does_not_know() {
        let plain = Definition {
            contents: Contents::AllTables,
            operations: Operations::of(|_| true),
            via_partition_root: false,
            generated_columns: false,
        };
        assert_eq!(too_old(&plain, 110_022), None);
        let root = Definition {
            via_partition_root: true,
            ..plain.clone()
        };
        let found = too_old(&root, 120_022).expect("it is too old");
        assert_eq!(found.feature, Feature::ViaPartitionRoot);
        assert_eq!(too_old(&root, 130_023), None);
        let member = Member {
            columns: None,
            filter: Some("id > 1".to_owned()),
        };
        let filtered = Definition {
            contents: Contents::Listed {
                tables: BTreeMap::from([(TableName::new("public", "a"), member)]),
                schemas: BTreeSet::new(),
            },
            ..plain
        };
        let found = too_old(&filtered, 140_024).expect("it is too old");
        assert_eq!(
            found.to_string(),
            "the server is PostgreSQL 14, which has no row filters: that came with 15"
        );
        assert_eq!(too_old(&filtered, 150_019), None);
    }

    #[test]
    fn gate_waits_for_writers_where_the_fix_was_not_tried() {
        for (version, keeps) in [
            (130_023, false),
            (150_018, false),
            (150_019, true),
            (180_006, true),
            (190_000, true),
        ] {
            assert_eq!(keeps_joining_tables(version), keeps, "{version}");
        }
    }
}
