//! A replication user: membership in `rds_iam`, the right to replicate, and perhaps the role itself.
//!
//! Each operation is one transaction: it waits for others who work on the same role, reads the
//! catalogue, decides, runs what is needed, reads back, and commits.

mod apply;
mod at_risk;
mod decide;
mod drop;
mod probation;
mod proof;
mod proven;
mod required;
mod revoke;
mod undo;
mod verdict;

use std::{collections::BTreeSet, time::Duration};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

pub(super) use self::proven::Proven;
pub use self::{
    apply::apply,
    decide::{Desired, Outcome},
    drop::drop_role,
    proof::{Implication, Method},
    required::{KnownBy, Required},
    revoke::{Left, Revoke, revoke},
};
use super::{
    Connector, Error,
    connector::Connection,
    ident::Ident,
    snapshot::{Extent, Oid, Snapshot},
    statement,
};
use crate::scope::Scope;

/// How often a transaction is run when others change the same rows meanwhile.
const ATTEMPTS: usize = 10;
/// The first pause between two of them.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The pause before it is looked again whether a probation is over.
const PROBATION_PAUSE: Duration = Duration::from_secs(2);

/// Runs a transaction again while others change the same rows, or are about to take back what is there,
/// within the operation's limits.
async fn until_no_conflict<T, F>(
    connector: &Connector,
    scope: &Scope,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut pauses = pauses();
    loop {
        let trial_ended = connector.proven.next_trial();
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let pause = match &error {
            Error::OnProbation { pause, .. } => Some(*pause),
            error => pauses.next().filter(|_| error.is_conflict()),
        };
        let Some(pause) = pause.filter(|pause| !scope.is_over(*pause)) else {
            return Err(error);
        };
        tracing::debug!(%error, ?pause, "run the transaction again");
        tokio::select! {
            () = scope.sleep(pause) => {}
            () = trial_ended, if matches!(error, Error::OnProbation { .. }) => {}
        }
    }
}

/// Refuses to go on while another run works on the role in another database. In this one, it is waited for:
/// advisory locks belong to a database, and roles to all of them.
fn wait_for_others(snapshot: &Snapshot, attempted: &str) -> Result<(), Error> {
    if snapshot.runs.elsewhere {
        return Err(Error::RunElsewhere(attempted.to_owned()));
    }
    wait_for_probation(snapshot, attempted)
}

/// Refuses to go on where the name of the role has come to be that of another object within the transaction:
/// statements name roles, and somebody may rename one.
fn refuse_change(
    before: Option<Oid>,
    after: &Snapshot,
    name: &str,
    attempted: &str,
) -> Result<(), Error> {
    match after.oid(name) == before {
        true => Ok(()),
        false => Err(Error::AnotherObject(attempted.to_owned())),
    }
}

/// Refuses to go on while a grant to the role may be taken back.
fn wait_for_probation(snapshot: &Snapshot, attempted: &str) -> Result<(), Error> {
    match snapshot.runs.probation {
        true => Err(Error::OnProbation {
            attempted: attempted.to_owned(),
            pause: PROBATION_PAUSE,
        }),
        false => Ok(()),
    }
}

/// The pauses between them.
fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(ATTEMPTS - 1)
        .with_jitter()
        .build()
}

/// Gives or takes the REPLICATION attribute, and reads the catalogue. Not together with other
/// statements: RDS often refuses this one, and the error has to say so.
async fn alter_replication(
    connection: &mut Connection<'_>,
    name: &str,
    give: bool,
) -> Result<Snapshot, Error> {
    let attempted = format!("change the REPLICATION attribute of the role {name:?}");
    let statement = statement::alter_replication(&Ident::new(name)?, give);
    connection
        .run_and_read(&attempted, &statement, Extent::Around(name))
        .await
        .map_err(|error| error.of_replication_attribute(give))
}

/// The statements that end a role's direct membership in a group, as far as the session may. On 16
/// and later each grantor's row is a membership of its own.
fn revocations(snapshot: &Snapshot, name: &str, group: &str) -> Result<String, Error> {
    let role = Ident::new(name)?;
    if snapshot.direct(name, group).is_empty() {
        return Ok(String::new());
    }
    if !snapshot.has_grantor_rows() {
        return Ok(statement::revoke(group, &role, None));
    }
    let acts_as = snapshot.acts_as();
    snapshot
        .grantors(name, group)
        .into_iter()
        .filter(|grantor| acts_as.contains(grantor))
        .map(|grantor| {
            Ok(statement::revoke(
                group,
                &role,
                Some(&Ident::new(&grantor)?),
            ))
        })
        .collect()
}

impl Snapshot {
    /// The roles whose grants the session may take back: as whom it acts, and those whose rights that one
    /// has.
    fn acts_as(&self) -> BTreeSet<String> {
        let is_superuser = self
            .role(&self.current_user)
            .is_some_and(|role| role.is_superuser);
        if is_superuser {
            return self.roles.values().map(|role| role.name.clone()).collect();
        }
        self.inherited_by(&self.current_user)
    }
}
