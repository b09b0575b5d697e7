//! Rights that are not given or taken.

use std::collections::BTreeSet;

use tfplugin::Diagnostic;

use super::{
    Advice,
    publication::{quoted, shown},
};
use crate::{
    connection::Endpoint,
    operation::Operation,
    postgres::{
        TableName,
        publication_grant::{Owned, Refusal},
    },
};

/// An error that says what was refused and what to do, at the attribute to blame.
pub(in crate::diagnostics) fn refused_grant(
    operation: &Operation,
    role: &str,
    endpoint: &Endpoint,
    refusal: &Refusal,
) -> Diagnostic {
    let server = endpoint.connector.endpoint();
    let user = endpoint.connector.username();
    let (at, detail) = match refusal {
        Refusal::NoSuchRole => no_such_role(role, &server),
        Refusal::AnotherRole => another_role(role, &server),
        Refusal::NoPublications(missing) => no_publications(&endpoint.database, missing),
        Refusal::NoOwners(missing) => no_owners(&server, missing),
        Refusal::Hidden(tables) => hidden(role, tables),
        Refusal::NotGiven(owned) => not_given(role, user, owned),
        Refusal::NotTaken(owned) => not_taken(role, user, owned),
        Refusal::GivenOn(tables) => given_on(role, tables),
    };
    Diagnostic::error(format!("{} {role:?}", operation.title()), detail).at(at)
}

fn no_such_role(role: &str, server: &str) -> Advice {
    let detail = format!(
        "There is no role {role:?} on {server}. Nothing was changed. Check the name (it is case-sensitive), or create the role \
         first: where `role` refers to an `rdsiam_replication_user`, Terraform keeps that order."
    );
    ("role", detail)
}

fn another_role(role: &str, server: &str) -> Advice {
    let detail = format!(
        "The role {role:?} on {server} is another one than that which is managed here: somebody dropped or renamed that, and \
         created one of the same name. Nothing was changed. Plan again: the plan says what became of it."
    );
    ("role", detail)
}

fn no_publications(database: &str, missing: &[String]) -> Advice {
    let detail = format!(
        "The database {database:?} has no publication {}. Nothing was changed. Check the names (they are case-sensitive), or \
         create them first: where `publications` refers to an `rdsiam_publication`, Terraform keeps that order.",
        missing.join(", ")
    );
    ("publications", detail)
}

fn no_owners(server: &str, missing: &[String]) -> Advice {
    let detail = format!(
        "There is no role {} on {server}, whose tables to come are to be readable. Nothing was changed. Check the names (they \
         are case-sensitive), or create the roles first.",
        missing.join(", ")
    );
    ("grant_future_tables_of", detail)
}

fn hidden(role: &str, tables: &[TableName]) -> Advice {
    let detail = format!(
        "Row level security may hide rows of these tables from {role:?}: {}. A copy of them would lack these rows without an \
         error, while a stream has them all. Nothing was granted on them. Let somebody who may give {role:?} BYPASSRLS, or list the \
         tables in `allow_row_security_on` where that is meant.",
        shown(tables)
    );
    ("allow_row_security_on", detail)
}

fn not_given(role: &str, user: &str, owned: &[Owned]) -> Advice {
    let detail = format!(
        "{user:?} may not grant {role:?} the right to use these, and PostgreSQL granted nothing on them, which it does not \
         count as an error: {}. Their transaction was rolled back. Giving a right takes that of the owner. Whoever may decide \
         that can grant it (from PostgreSQL 16 on a role that {user:?} created is not enough by itself):\n\n{}",
        shown(owned),
        memberships(user, owned)
    );
    ("publications", detail)
}

fn not_taken(role: &str, user: &str, owned: &[Owned]) -> Advice {
    let detail = format!(
        "{user:?} may not revoke the rights of {role:?} on these any more, and they are still there: {}. Their transaction was \
         rolled back. That takes the right of the owner. Whoever may decide that can grant it; or set `on_destroy = \
         \"retain\"` and apply that first:\n\n{}",
        shown(owned),
        memberships(user, owned)
    );
    ("on_destroy", detail)
}

fn given_on(role: &str, tables: &[TableName]) -> Advice {
    let detail = format!(
        "{role:?} may give on its right to read columns of these tables, and has given it to others: {}. To revoke what was \
         granted here on the whole of them takes the right on these columns with it, and so what depends on that. Everything \
         else is done, and nothing was changed on these. Let {role:?} revoke what it has given on, or revoke that with CASCADE, \
         and apply again; or set `on_destroy = \"retain\"` for a destroy, and apply that first.",
        shown(tables)
    );
    ("publications", detail)
}

/// The statements that give a user the rights of owners.
fn memberships(user: &str, owned: &[Owned]) -> String {
    let owners: BTreeSet<&String> = owned.iter().map(|owned| &owned.owner).collect();
    let grants: Vec<String> = owners
        .into_iter()
        .map(|owner| {
            format!(
                "  GRANT {} TO {} WITH INHERIT TRUE; -- up to PostgreSQL 15 without WITH INHERIT TRUE",
                quoted(owner),
                quoted(user)
            )
        })
        .collect();
    grants.join("\n")
}
