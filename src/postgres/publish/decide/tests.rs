//! What is run for which difference.

use std::collections::BTreeMap;

use super::*;
use crate::postgres::{
    publication::{Definition, Operations, Seen},
    publish::WrittenFilter,
    row::Row,
};

/// The publication that was found.
const SEEN: Seen = Seen { oid: 7, major: 17 };

fn table(name: &str) -> TableName {
    TableName::new("public", name)
}

fn filtered(filter: &str) -> Member {
    Member {
        columns: None,
        filter: Some(filter.to_owned()),
    }
}

fn listed(tables: &[(&str, Member)], schemas: &[&str]) -> Definition {
    let tables = tables
        .iter()
        .map(|(name, member)| (table(name), member.clone()));
    Definition {
        contents: Contents::Listed {
            tables: tables.collect(),
            schemas: schemas.iter().map(|name| (*name).to_owned()).collect(),
        },
        operations: Operations::of(|_| true),
        via_partition_root: false,
        generated_columns: false,
    }
}

fn found(definition: Definition) -> Publication {
    Publication {
        oid: 7,
        owner: "master".to_owned(),
        comment: Some(COMMENT.to_owned()),
        definition,
    }
}

fn desired(definition: Definition) -> Desired {
    Desired {
        name: "p".to_owned(),
        seen: Some(SEEN),
        definition,
        owner: None,
        written_filters: BTreeMap::new(),
        allow_without_replica_identity: BTreeSet::new(),
        wait_for_writers: WaitForWriters::Auto,
    }
}

/// Tables `a`, `b` and `c` of the provider's user, `foreign` of another one, and a view.
fn tables() -> Tables {
    let rows = [
        "a r p master t",
        "b r p master t",
        "c r p master t",
        "foreign r p app f",
        "view v p master t",
    ];
    let row = |text: &&str| Row::from_text(&format!("public {text} - -"));
    Tables::from_rows(&rows.iter().map(row).collect()).expect("rows of that form")
}

#[track_caller]
fn statements(found: &Publication, desired: &Desired) -> Vec<String> {
    let decision = decide(Some(found), desired, &tables(), 170_011).expect("it is not refused");
    let statements = decision.statements.statements();
    statements.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn refusal(found: Option<&Publication>, desired: &Desired) -> Refusal {
    match decide(found, desired, &tables(), 170_011) {
        Err(Error::PublicationRefused(refusal)) => *refusal,
        other => panic!("it is not refused: {other:?}"),
    }
}

#[test]
fn change_runs_what_differs_and_nothing_else() {
    let whole = Member::default();
    let before = found(listed(
        &[("a", whole.clone()), ("b", whole.clone())],
        &["s"],
    ));
    assert_eq!(
        statements(&before, &desired(before.definition.clone())),
        [""; 0]
    );
    let after = desired(listed(&[("b", whole.clone()), ("c", whole)], &["t"]));
    assert_eq!(
        statements(&before, &after),
        [
            "ALTER PUBLICATION \"p\" DROP TABLE ONLY \"public\".\"a\", TABLES IN SCHEMA \"s\"",
            "ALTER PUBLICATION \"p\" ADD TABLE ONLY \"public\".\"c\", TABLES IN SCHEMA \"t\"",
        ]
    );
}

#[test]
fn change_of_a_filter_takes_the_table_out_and_in() {
    let before = found(listed(&[("a", filtered("v = 'x'::text"))], &[]));
    let mut after = desired(listed(&[("a", filtered("v in ('x')"))], &[]));
    let text = statements(&before, &after);
    assert_eq!(
        text,
        [
            "ALTER PUBLICATION \"p\" DROP TABLE ONLY \"public\".\"a\"",
            "ALTER PUBLICATION \"p\" ADD TABLE ONLY \"public\".\"a\" WHERE (v in ('x'))",
        ]
    );
    // What was written then is still stored as it was.
    let written = WrittenFilter {
        written: "v in ('x')".to_owned(),
        stored: "v = 'x'::text".to_owned(),
    };
    after.written_filters.insert(table("a"), written);
    assert_eq!(statements(&before, &after), [""; 0]);
    let drifted = found(listed(&[("a", filtered("v = 'y'::text"))], &[]));
    assert_eq!(statements(&drifted, &after).len(), 2);
}

#[test]
fn change_between_all_tables_and_a_list_makes_it_anew_with_its_owner_and_comment() {
    let all = Definition {
        contents: Contents::AllTables,
        ..listed(&[], &[])
    };
    let before = Publication {
        comment: Some("of the shop".to_owned()),
        ..found(all.clone())
    };
    let after = desired(listed(&[("a", Member::default())], &[]));
    let text = statements(&before, &after);
    assert_eq!(text.len(), 4, "{text:?}");
    assert_eq!(text[0], "DROP PUBLICATION \"p\"");
    assert!(text[1].starts_with("CREATE PUBLICATION \"p\" FOR TABLE ONLY \"public\".\"a\" WITH"));
    assert_eq!(
        text[2],
        "COMMENT ON PUBLICATION \"p\" IS 'of the shop [in place of 7]'"
    );
    assert_eq!(text[3], "ALTER PUBLICATION \"p\" OWNER TO \"master\"");
    let back = statements(&found(after.definition), &desired(all));
    assert!(back[1].contains(" FOR ALL TABLES "), "{back:?}");
}

#[test]
fn change_of_the_owner_comes_last() {
    let before = found(listed(&[], &[]));
    let mut after = desired(listed(&[("a", Member::default())], &[]));
    after.owner = Some("app".to_owned());
    let text = statements(&before, &after);
    assert_eq!(
        text.last().map(String::as_str),
        Some("ALTER PUBLICATION \"p\" OWNER TO \"app\"")
    );
}

#[test]
fn publication_that_is_not_the_one_is_refused() {
    let definition = listed(&[], &[]);
    let create = Desired {
        seen: None,
        ..desired(definition.clone())
    };
    let there = found(definition.clone());
    assert!(matches!(
        refusal(Some(&there), &create),
        Refusal::Exists { is_ours: true }
    ));
    let foreign = Publication {
        comment: None,
        ..there.clone()
    };
    assert!(matches!(
        refusal(Some(&foreign), &create),
        Refusal::Exists { is_ours: false }
    ));
    let other = Publication {
        oid: 8,
        ..there.clone()
    };
    assert!(matches!(
        refusal(Some(&other), &desired(definition.clone())),
        Refusal::AnotherPublication
    ));
    // A run that was killed after its commit put that in its place.
    let successor = Publication {
        comment: Some(there.comment_of_successor()),
        ..other
    };
    assert_eq!(
        statements(&successor, &desired(definition.clone())),
        [""; 0]
    );
    assert!(matches!(refusal(None, &desired(definition)), Refusal::Gone));
}

#[test]
fn table_that_cannot_join_is_refused_and_one_that_is_in_is_not() {
    let of = |name: &str| listed(&[(name, Member::default())], &[]);
    let empty = found(listed(&[], &[]));
    let refused = |name: &str| refusal(Some(&empty), &desired(of(name)));
    assert!(matches!(refused("missing"), Refusal::NoSuchTables(_)));
    assert!(matches!(refused("view"), Refusal::NotPublishable(_)));
    assert!(matches!(refused("foreign"), Refusal::NotOwned(_)));
    // Somebody else let it join: it may stay, but not be published otherwise.
    assert_eq!(
        statements(&found(of("foreign")), &desired(of("foreign"))),
        [""; 0]
    );
    let otherwise = desired(listed(&[("foreign", filtered("v = 'x'"))], &[]));
    assert!(matches!(
        refusal(Some(&found(of("foreign"))), &otherwise),
        Refusal::NotOwned(_)
    ));
    let injected = listed(&[("a", filtered("true); DROP TABLE x; --"))], &[]);
    assert!(matches!(
        refusal(Some(&empty), &desired(injected)),
        Refusal::Filter { .. }
    ));
}

#[test]
fn writers_are_waited_for_where_a_stream_may_lose_the_table() {
    let waits = |before: Definition, after: Definition, wait_for_writers, version| {
        let after = Desired {
            wait_for_writers,
            seen: Some(Seen {
                major: version / 10_000,
                ..SEEN
            }),
            ..desired(after)
        };
        let before = found(before);
        let decision = decide(Some(&before), &after, &tables(), version).expect("not refused");
        decision.waits_for_writers(&after, version)
    };
    let all = || Definition {
        contents: Contents::AllTables,
        ..listed(&[], &[])
    };
    let whole = || listed(&[("a", Member::default())], &[]);
    let auto = WaitForWriters::Auto;
    assert!(waits(listed(&[], &[]), whole(), auto, 110_022));
    assert!(!waits(listed(&[], &[]), whole(), auto, 170_011));
    assert!(waits(
        listed(&[], &[]),
        whole(),
        WaitForWriters::Always,
        170_011
    ));
    assert!(!waits(
        listed(&[], &[]),
        whole(),
        WaitForWriters::Never,
        110_022
    ));
    // However a table joins.
    assert!(waits(whole(), all(), auto, 110_022));
    assert!(!waits(all(), all(), auto, 110_022));
    assert!(waits(
        listed(&[], &["s"]),
        listed(&[], &["s", "t"]),
        auto,
        150_012
    ));
    assert!(!waits(
        listed(&[], &["s", "t"]),
        listed(&[], &["s"]),
        auto,
        150_012
    ));
    let filtered = || listed(&[("a", filtered("id > 1"))], &[]);
    assert!(waits(whole(), filtered(), auto, 150_012));
    assert!(!waits(filtered(), filtered(), auto, 150_012));
    // Another operation on tables that are in.
    let inserts = || Definition {
        operations: Operations::of(|name| name == "insert"),
        ..whole()
    };
    assert!(waits(inserts(), whole(), auto, 150_012));
    assert!(!waits(whole(), inserts(), auto, 150_012));
}
