//! The way back: what takes back what was granted a moment ago, whoever runs it.

use super::decide::Decision;
use crate::postgres::{
    Batch, Error, Statement,
    connection::Connection,
    ident::Ident,
    rds_roles::{RDS_IAM, RDS_REPLICATION},
    retry::{pauses, uninterruptible},
    snapshot::{Oid, Snapshot},
    statement::{self, Coverage},
    transaction,
};

/// Takes back what a decision did: the statements of one transaction after the other. The first ends the
/// membership that locks out, and nothing else can fail with it.
///
/// By the object id where the server lets the session: somebody may rename the role meanwhile, or drop it and
/// give its name to another one.
#[derive(Debug)]
pub(super) struct Undo {
    name: String,
    oid: Oid,
    transactions: Vec<Batch>,
    /// The same by the name, for a session that may not run PL/pgSQL any more.
    by_name: Vec<Batch>,
}

impl Undo {
    pub(super) fn new(name: &str, decision: &Decision) -> Result<Self, Error> {
        let by_name = transactions(&Role::Name(Ident::new(name)?), decision);
        Ok(Self {
            name: name.to_owned(),
            oid: decision.outcome.oid,
            transactions: match decision.can_do {
                true => transactions(&Role::Object(decision.outcome.oid), decision),
                false => by_name.clone(),
            },
            by_name,
        })
    }

    /// What is in each transaction, between its begin and its commit.
    pub(super) fn transactions(&self) -> &[Batch] {
        &self.transactions
    }

    /// Whether the role is there and in `rds_iam`, whatever it is called by now.
    pub(super) fn is_left_by(&self, now: &Snapshot) -> bool {
        let rds_iam = now.oid(RDS_IAM);
        now.memberships_of(self.oid)
            .iter()
            .any(|row| Some(row.role) == rds_iam)
    }

    /// Runs it in a session, and reads what is there after it.
    ///
    /// # Errors
    /// The server's.
    pub(super) async fn run_on(
        &self,
        session: &mut Connection,
        attempted: &str,
    ) -> Result<Snapshot, Error> {
        session.set_limits(&uninterruptible());
        let ran = run(session, &self.transactions, attempted).await;
        let now = session.read_snapshot(attempted, Coverage::AllRoles).await?;
        match ran {
            Err(_) if self.is_left_by(&now) && now.oid(&self.name) == Some(self.oid) => {
                run(session, &self.by_name, attempted).await?;
                session.read_snapshot(attempted, Coverage::AllRoles).await
            }
            Err(error) => Err(error),
            Ok(()) => Ok(now),
        }
    }
}

async fn run(
    session: &mut Connection,
    transactions: &[Batch],
    attempted: &str,
) -> Result<(), Error> {
    let scope = uninterruptible();
    for statements in transactions {
        let transaction = transaction::take_back()
            .then(statements.clone())
            .then([Statement::commit()]);
        let mut pauses = pauses();
        while let Err(error) = session.run(attempted, transaction.clone()).await {
            session.roll_back().await;
            let pause = pauses.next().filter(|_| error.is_conflict());
            scope.sleep(pause.ok_or(error)?).await;
        }
    }
    Ok(())
}

fn transactions(role: &Role, decision: &Decision) -> Vec<Batch> {
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
    transactions
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
