//! Which tables publications publish, as the provider reads it, against what the server says.

use std::collections::{BTreeMap, BTreeSet};

use rstest_reuse::apply;

use super::{connector, scope};
use crate::support::{StandIn, on_both_sides_of_16};

/// Tables of every kind that can be published, and some that can not.
const TABLES: &str = "CREATE SCHEMA s; CREATE SCHEMA t; \
    CREATE TABLE s.plain (id int PRIMARY KEY, v text); CREATE TABLE t.plain (id int PRIMARY KEY); \
    CREATE TABLE s.child () INHERITS (s.plain); \
    CREATE UNLOGGED TABLE s.unlogged (id int); CREATE VIEW s.view AS SELECT 1 AS id; \
    CREATE MATERIALIZED VIEW s.stored AS SELECT 1 AS id; CREATE TABLE s.\"It's\" (id int); \
    CREATE TABLE s.parts (id int) PARTITION BY RANGE (id); \
    CREATE TABLE t.part_1 PARTITION OF s.parts FOR VALUES FROM (0) TO (10); \
    CREATE TABLE s.part_2 PARTITION OF s.parts FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id); \
    CREATE TABLE s.part_2_1 PARTITION OF s.part_2 FOR VALUES FROM (10) TO (15); \
    CREATE TABLE s.empty (id int) PARTITION BY RANGE (id);";

/// Publications, each with the oldest major version that knows it.
const PUBLICATIONS: [(u16, &str, &str); 13] = [
    (11, "every", "FOR ALL TABLES"),
    (
        13,
        "every_root",
        "FOR ALL TABLES WITH (publish_via_partition_root)",
    ),
    (11, "nothing", ""),
    (11, "plain", "FOR TABLE ONLY s.plain, s.\"It's\""),
    (11, "with_child", "FOR TABLE s.plain"),
    (13, "parts", "FOR TABLE s.parts, s.empty"),
    (
        13,
        "parts_root",
        "FOR TABLE s.parts, s.empty WITH (publish_via_partition_root)",
    ),
    (13, "both", "FOR TABLE s.parts, t.part_1"),
    (
        13,
        "both_root",
        "FOR TABLE s.parts, t.part_1 WITH (publish_via_partition_root)",
    ),
    (13, "below", "FOR TABLE s.part_2, s.part_2_1"),
    (
        13,
        "below_root",
        "FOR TABLE s.part_2, s.part_2_1 WITH (publish_via_partition_root)",
    ),
    (15, "schema", "FOR TABLES IN SCHEMA s, TABLE t.plain"),
    (
        15,
        "schemas_root",
        "FOR TABLES IN SCHEMA s, t WITH (publish_via_partition_root)",
    ),
];

type Published = BTreeMap<String, BTreeSet<u32>>;

#[apply(on_both_sides_of_16)]
fn published_tables_are_those_that_the_server_says(major: u16) {
    let stand_in = StandIn::start(major);
    stand_in.sql(TABLES);
    for (since, name, what) in PUBLICATIONS {
        if major >= since {
            stand_in.sql(&format!("CREATE PUBLICATION \"{name}\" {what}"));
        }
    }
    let mut expected = Published::new();
    let select = "SELECT p.pubname::text, g.relid::oid::text FROM pg_publication p, \
                  LATERAL pg_get_publication_tables(p.pubname::text) g";
    for row in stand_in.sql(select) {
        let [name, relid] = row.try_into().expect("two columns");
        let (name, relid) = (name.expect("a name"), relid.expect("an object id"));
        let relid = relid.parse().expect("a number");
        expected.entry(name).or_default().insert(relid);
    }
    assert!(expected.len() >= 4, "{expected:?}");
    let found = stand_in.block_on(async {
        let connector = connector(&stand_in);
        let listed = connector.publications(&scope()).await.expect("a reading");
        let all = connector.readers_of_all(&scope()).await.expect("a reading");
        let mut found = Published::new();
        for table in listed.rights.tables.values().chain(all.values()) {
            for name in table.publications.keys() {
                found.entry(name.clone()).or_default().insert(table.oid);
            }
        }
        found
    });
    assert_eq!(found, expected);
}
