//! Committing a change of a publication, and finding out what became of it.

use std::time::Duration;

use super::read::{read_one, reading};
use crate::postgres::{
    Error, Server, Statement,
    connection::Connection,
    publication::Publication,
    retry::uninterruptible,
    statement::{begin_on_publication, select_publications},
};

/// The pause before a server is read again whose commit has no answer.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Commits. `expected` is what the catalog shows then, and `before` what it showed: nothing of a publication that is not
/// there.
///
/// # Errors
/// When nothing was committed; that it is not known, where the server does not tell any more.
pub(super) async fn commit(
    server: &Server,
    connection: &mut Connection,
    name: &str,
    before: Option<&Publication>,
    expected: Option<&Publication>,
) -> Result<(), Error> {
    // From here on an interruption comes too late: what was committed has to be known.
    connection.set_limits(&uninterruptible());
    let attempted = format!("commit the change of the publication {name:?}");
    let error = match connection.run(&attempted, Statement::commit()).await {
        Ok(_) => return Ok(()),
        Err(error) if error.is_definite() => return Err(error),
        Err(error) => error,
    };
    connection.break_off();
    match read_again(server, name).await {
        Ok(found) if is_done(found.as_ref(), before, expected) => Ok(()),
        Ok(found) if found.as_ref() == before => Err(Error::NotCommitted(attempted)),
        Ok(_) => Err(Error::CommitUnknown {
            attempted,
            reason: format!("{error}; and somebody else has changed it meanwhile"),
        }),
        Err(read) => Err(Error::CommitUnknown {
            attempted,
            reason: format!("{error}; {read}"),
        }),
    }
}

/// Whether what was found tells that the transaction was committed: it is what is expected; or the object that was made is
/// there, or the one that was dropped is not, whatever others did since.
fn is_done(
    found: Option<&Publication>,
    before: Option<&Publication>,
    expected: Option<&Publication>,
) -> bool {
    let oid = |publication: Option<&Publication>| publication.map(|publication| publication.oid);
    let is_other_object = match expected {
        Some(_) => oid(found) == oid(expected) && oid(expected) != oid(before),
        None => oid(found) != oid(before),
    };
    found == expected || is_other_object
}

/// Reads a publication on a new connection, once every transaction that works on it has ended; again while the server
/// cannot be reached.
async fn read_again(server: &Server, name: &str) -> Result<Option<Publication>, Error> {
    let scope = uninterruptible();
    let next = |error: &Error| {
        tracing::debug!(%error, "read again whether it was committed");
        // A lost session has its lock until the server misses its client.
        (error.passes_by_itself() || error.is_lock_timeout()).then_some(READ_PAUSE)
    };
    let read = || async {
        let mut connection = server.connection(&scope).await?;
        let batch =
            begin_on_publication(name).then(select_publications(connection.version(), Some(name)));
        let results = connection.run(&reading(name), batch).await;
        connection.roll_back().await;
        read_one(name, &results?)
    };
    let outcome = scope.retry(next, read).await;
    outcome.map_err(|gave_up| gave_up.last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::publication::{Contents, Definition, Operations};

    fn publication(oid: u32, publishes: bool) -> Publication {
        Publication {
            oid,
            owner: "master".to_owned(),
            comment: None,
            definition: Definition {
                contents: Contents::AllTables,
                operations: Operations::of(|_| publishes),
                via_partition_root: false,
                generated_columns: false,
            },
        }
    }

    #[test]
    fn commit_without_an_answer_is_done_whatever_others_did_since() {
        let [before, changed, made, other] = [(7, true), (7, false), (8, true), (9, true)]
            .map(|(oid, publishes)| publication(oid, publishes));
        let others = publication(8, false);
        // A change of one object: another change since hides it.
        assert!(is_done(Some(&changed), Some(&before), Some(&changed)));
        assert!(!is_done(Some(&before), Some(&before), Some(&changed)));
        // Made, perhaps in the place of another one, and changed since.
        for before in [None, Some(&before)] {
            assert!(is_done(Some(&others), before, Some(&made)));
            assert!(!is_done(before, before, Some(&made)));
            assert!(!is_done(Some(&other), before, Some(&made)));
        }
        // Dropped, and made by somebody else since.
        assert!(is_done(None, Some(&before), None));
        assert!(is_done(Some(&other), Some(&before), None));
        assert!(!is_done(Some(&before), Some(&before), None));
    }
}
