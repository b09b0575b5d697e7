//! The message of a probation: one simple query, which the server runs to its end. It says nothing before that: if
//! it did, it would find out whether its client is there still, and end the session where it is not.
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT>

use std::time::Duration;

use crate::postgres::{Batch, Statement, statement::mark_probation, transaction};

/// How long the server waits before it takes the grant back.
pub(super) const PROBATION: Duration = Duration::from_secs(30);

/// Commit, pause and undoing. Each transaction of the undoing begins with the end of the one before.
pub(super) fn message(name: &str, undoing: &[Batch]) -> Batch {
    let begin = || Batch::from(Statement::commit()).then(transaction::write_whatever_happens());
    let pause = [
        mark_probation(name),
        Statement::new(format!("SELECT pg_sleep({})", PROBATION.as_secs())),
    ];
    let mut message = begin().then(pause);
    for (index, statements) in undoing.iter().enumerate() {
        if index > 0 {
            message.extend(begin());
        }
        message.extend(statements.clone());
    }
    message.then([Statement::commit()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_commits_marks_waits_and_undoes_one_transaction_after_the_other() {
        let undoing = ["FIRST", "SECOND"].map(|text| Batch::from(Statement::new(text)));
        let begin = transaction::write_whatever_happens();
        let mark = mark_probation("app");
        assert_eq!(
            message("app", &undoing).to_string(),
            format!(
                "COMMIT; {begin}; {mark}; SELECT pg_sleep(30); FIRST; COMMIT; {begin}; SECOND; COMMIT"
            )
        );
    }
}
