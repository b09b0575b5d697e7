//! The statements that take back what was granted a moment ago.

use super::decide::Decision;
use crate::postgres::{
    Error,
    ident::Ident,
    membership::{RDS_IAM, RDS_REPLICATION},
    statement,
};

/// Undoes what a decision did: the statements of one transaction after the other. The first ends the
/// membership that locks out, and nothing else can fail with it.
pub(super) fn undo(name: &str, decision: &Decision) -> Result<Vec<String>, Error> {
    let role = Ident::new(name)?;
    let mut rest = String::new();
    if decision.outcome.created {
        rest += &statement::drop_role_if_exists(&role);
    } else {
        if decision.outcome.granted.membership {
            rest += &statement::revoke(RDS_REPLICATION, &role, None);
        }
        if decision.outcome.granted.attribute {
            rest += &statement::alter_replication(&role, false);
        }
        if decision.taken.membership {
            rest += &statement::grant(RDS_REPLICATION, &role);
        }
        if decision.taken.attribute {
            rest += &statement::alter_replication(&role, true);
        }
    }
    let mut transactions = vec![statement::revoke(RDS_IAM, &role, None)];
    transactions.extend(Some(rest).filter(|rest| !rest.is_empty()));
    Ok(transactions)
}
