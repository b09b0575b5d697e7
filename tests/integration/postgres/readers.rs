//! Who may read what, found out from one reading, against what the server says of each role.

use std::collections::BTreeSet;

use rstest_reuse::apply;

use super::{connector, scope};
use crate::support::{StandIn, on_both_sides_of_16};

const ROLES: usize = 12;
const TABLES: usize = 8;
const SCHEMAS: usize = 3;

/// Numbers that look like random ones, and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // Of Knuth's MMIX; the high bits are the better ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// Statements that make roles in one another, and give them rights in any way that there is.
fn graph(seed: u64, major: u16) -> String {
    let mut numbers = Numbers(seed);
    let mut sql = String::from("SET client_min_messages = error;");
    for role in 0..ROLES {
        let inherits = if numbers.below(4) == 0 {
            "NOINHERIT"
        } else {
            ""
        };
        let bypasses = if numbers.below(6) == 0 {
            "BYPASSRLS"
        } else {
            ""
        };
        sql += &format!("CREATE ROLE r{role} {inherits} {bypasses};");
    }
    sql += "ALTER ROLE r0 SUPERUSER;";
    for _ in 0..ROLES * 2 {
        // No circles: a role is only in those before it.
        let member = 1 + numbers.below(ROLES - 1);
        let group = numbers.below(member);
        let how = match (major >= 16, numbers.below(4)) {
            (true, 0) => " WITH INHERIT FALSE",
            (true, 1) => " WITH INHERIT TRUE",
            _ => "",
        };
        sql += &format!("GRANT r{group} TO r{member}{how};");
    }
    if major >= 14 {
        let (reader, writer) = (1 + numbers.below(ROLES - 1), 1 + numbers.below(ROLES - 1));
        sql += &format!(
            "GRANT pg_read_all_data TO r{reader}; GRANT pg_write_all_data TO r{writer}; \
             CREATE TABLE public.of_owner (id int); GRANT SELECT ON public.of_owner TO pg_database_owner;"
        );
    }
    for schema in 0..SCHEMAS {
        let owner = numbers.below(ROLES);
        sql += &format!("CREATE SCHEMA s{schema} AUTHORIZATION r{owner};");
        for _ in 0..2 {
            let role = numbers.below(ROLES);
            sql += &format!("GRANT USAGE ON SCHEMA s{schema} TO r{role};");
        }
    }
    for table in 0..TABLES {
        let (schema, owner) = (numbers.below(SCHEMAS), numbers.below(ROLES));
        let name = format!("s{schema}.t{table}");
        sql += &format!(
            "CREATE TABLE {name} (id int, v text, w text); ALTER TABLE {name} OWNER TO r{owner};"
        );
        for _ in 0..numbers.below(3) {
            let role = numbers.below(ROLES);
            sql += &format!("GRANT SELECT ON {name} TO r{role};");
        }
        for column in ["id", "v", "ctid"] {
            if numbers.below(2) == 0 {
                let role = numbers.below(ROLES);
                sql += &format!("GRANT SELECT ({column}) ON {name} TO r{role};");
            }
        }
        sql += &match numbers.below(8) {
            0 => format!("GRANT SELECT ON {name} TO PUBLIC;"),
            1 => format!("REVOKE ALL ON {name} FROM r{owner};"),
            2 => format!("GRANT SELECT (w) ON {name} TO PUBLIC;"),
            3 => format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;"),
            4 => format!(
                "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; ALTER TABLE {name} FORCE ROW LEVEL SECURITY;"
            ),
            5 => {
                let role = numbers.below(ROLES);
                format!("GRANT SELECT ON {name} TO r{role} WITH GRANT OPTION;")
            }
            _ => String::new(),
        };
    }
    let (owner, role) = (numbers.below(ROLES), numbers.below(ROLES));
    sql + &format!(
        "REVOKE CONNECT ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO r{role}; \
         ALTER DATABASE shop OWNER TO r{owner}; GRANT CONNECT ON DATABASE shop TO master; \
         CREATE PUBLICATION p FOR ALL TABLES"
    )
}

#[apply(on_both_sides_of_16)]
fn readers_found_in_memory_are_those_that_the_server_says(major: u16) {
    for seed in 1..=3 {
        let stand_in = StandIn::start(major);
        stand_in.sql(&graph(seed, major));
        let (found, tables) = stand_in.block_on(async {
            let connector = connector(&stand_in);
            let found = connector.publications(&scope()).await;
            let tables = connector.readers_of_all(&scope()).await;
            (
                found.expect("the rights can be read"),
                tables.expect("the tables can be read"),
            )
        });
        let places = &found.rights.places;
        let (mut in_memory, mut of_server) = (BTreeSet::new(), BTreeSet::new());
        for number in 0..ROLES {
            let role = format!("r{number}");
            let reader = found.rights.reader(&role).expect("the role is there");
            let mut holds = |what: String, holds: bool| {
                if holds {
                    in_memory.insert(format!("{role} {what}"));
                }
            };
            holds("connect".to_owned(), reader.may_connect(&places.database));
            for schema in places.schemas.values() {
                holds(format!("schema {}", schema.name), reader.may_use(schema));
            }
            for table in tables.values() {
                let readable = reader.readable(table);
                holds(format!("table {}", table.name), readable.whole);
                for column in readable.columns {
                    let name = table.column_name(column);
                    holds(format!("column {}.{name}", table.name), true);
                }
                holds(format!("hidden {}", table.name), reader.is_hidden(table));
                holds(format!("gives {}", table.name), reader.may_give(table));
            }
        }
        let said = stand_in.sql(
            "SELECT format('%s %s', r.rolname, what) FROM pg_roles r, LATERAL (\
             SELECT 'connect' AS what WHERE has_database_privilege(r.oid, current_database(), 'CONNECT') \
             UNION ALL SELECT 'schema ' || nspname FROM pg_namespace \
             WHERE (oid >= 16384 OR nspname = 'public') AND has_schema_privilege(r.oid, oid, 'USAGE') \
             UNION ALL SELECT format('%s %s.%s', kind, n.nspname, c.relname) \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL (\
             SELECT 'table' AS kind WHERE has_table_privilege(r.oid, c.oid, 'SELECT') \
             UNION ALL SELECT 'gives' WHERE pg_has_role(r.oid, c.relowner, 'USAGE') \
             OR has_table_privilege(r.oid, c.oid, 'SELECT WITH GRANT OPTION') \
             UNION ALL SELECT 'hidden' WHERE c.relrowsecurity AND NOT (r.rolsuper OR r.rolbypassrls \
             OR (NOT c.relforcerowsecurity AND pg_has_role(r.oid, c.relowner, 'USAGE')))) k \
             WHERE c.relkind = 'r' AND c.oid >= 16384 AND n.nspname !~ '^(pg_|information)' \
             UNION ALL SELECT format('column %s.%s.%s', n.nspname, c.relname, a.attname) \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
             WHERE c.relkind = 'r' AND c.oid >= 16384 AND a.attacl IS NOT NULL \
             AND has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT')) w WHERE r.rolname ~ '^r[0-9]+$'",
        );
        of_server.extend(said.into_iter().filter_map(|mut row| row.remove(0)));
        assert!(of_server.len() > 100, "seed {seed}: {of_server:?}");
        let differ: Vec<_> = in_memory.symmetric_difference(&of_server).collect();
        assert!(
            differ.is_empty(),
            "seed {seed} (in memory {}): {differ:?}",
            in_memory.len()
        );
    }
}
