//! The statements that take back what was granted a moment ago.

use super::decide::Decision;
use crate::postgres::{
    Batch, Error, Statement,
    ident::Ident,
    rds_roles::{RDS_IAM, RDS_REPLICATION},
    snapshot::Oid,
    statement,
};

/// Undoes what a decision did: the statements of one transaction after the other. The first ends the
/// membership that locks out, and nothing else can fail with it.
///
/// By the object id where the server lets the session: somebody may rename the role meanwhile, or drop it and
/// give its name to another one.
pub(super) fn undo(name: &str, decision: &Decision) -> Result<Vec<Batch>, Error> {
    let role = match decision.can_do {
        true => Role::Object(decision.outcome.oid),
        false => Role::Name(Ident::new(name)?),
    };
    let mut rest = Vec::new();
    if decision.outcome.created {
        rest.push(role.each(&statement::drop_role_if_exists));
    } else {
        if decision.outcome.granted.membership {
            rest.push(role.each(&|role| statement::revoke(RDS_REPLICATION, role, None)));
        }
        if decision.outcome.granted.attribute {
            rest.push(role.each(&|role| statement::alter_replication(role, false)));
        }
        if decision.taken.membership {
            rest.push(role.each(&|role| statement::grant(RDS_REPLICATION, role)));
        }
        if decision.taken.attribute {
            rest.push(role.each(&|role| statement::alter_replication(role, true)));
        }
    }
    let first = role.each(&|role| statement::revoke(RDS_IAM, role, None));
    let mut transactions = vec![Batch::from(first)];
    if !rest.is_empty() {
        transactions.push(rest.into_iter().collect());
    }
    Ok(transactions)
}

/// How the way back finds the role.
enum Role {
    Object(Oid),
    Name(Ident),
}

impl Role {
    /// A statement about the role, whatever it is called by then; none when it is gone.
    fn each(&self, statement: &dyn Fn(&Ident) -> Statement) -> Statement {
        match self {
            Self::Name(name) => statement(name),
            Self::Object(oid) => statement::about_object(*oid, statement),
        }
    }
}
