//! A grant of `rds_iam` that would lock somebody out, or of which that is not known.

use super::Advice;
use crate::postgres::{
    NotProven, Server,
    membership::NestedLogin,
    refusal::{Grant, list},
};

pub(super) fn no_tokens(name: &str, reason: &str) -> Advice {
    let detail = format!(
        "In rds_iam {name:?} could log in with nothing, neither a password nor a token: {reason} Nothing was \
         changed. Who knows better sets `allow_without_iam_authentication = true`."
    );
    ("rds_iam", detail)
}

pub(super) fn would_force(name: &str, logins: &[NestedLogin]) -> Advice {
    let detail = format!(
        "rds_iam for {name:?} would force these logins to IAM as well, and end their password logins at once: \
         {}. RDS counts every membership, also those with NOINHERIT, INHERIT FALSE or ADMIN only. Nothing was \
         changed. Revoke those memberships, or list the logins in `allow_iam_for` if they use IAM anyway.",
        list(logins)
    );
    ("allow_iam_for", detail)
}

pub(super) fn unproven(
    connector: &Server,
    name: &str,
    logins: &[NestedLogin],
    reason: &NotProven,
    grant: &Grant,
) -> Advice {
    let detail = format!(
        "{} would be in rds_iam with {name:?} by the ADMIN-only membership that whoever creates a role holds in it \
         since PostgreSQL 16. Whether this server then forces that login to IAM as well can only be found out by asking it, \
         and that was not possible: {}. {} Make the probe possible, have another role create {name:?}, or list \
         the login in `allow_iam_for` if it uses IAM anyway.",
        list(logins),
        not_possible(connector, name, reason),
        became(name, grant)
    );
    ("allow_iam_for", detail)
}

pub(super) fn locked_out(name: &str, logins: &[NestedLogin], grant: &Grant) -> Advice {
    let at = match grant {
        Grant::Stands(_) | Grant::NotKnown(_) => "name",
        _ => "allow_iam_for",
    };
    let detail = format!(
        "With rds_iam for {name:?} the server demands an IAM token of {} too: whoever creates a role holds an \
         ADMIN-only membership in it since PostgreSQL 16, and this server counts that. {} Have another role create \
         {name:?}, or list the login in `allow_iam_for` if it uses IAM anyway.",
        list(logins),
        became(name, grant)
    );
    (at, detail)
}

/// Why nothing was proven, as the end of a sentence.
fn not_possible(connector: &Server, name: &str, reason: &NotProven) -> String {
    let endpoint = connector.endpoint();
    let in_front =
        "what answers there is not the server itself, but a pooler or proxy in front of it";
    match reason {
        NotProven::ProbeOff => "`probe_authentication` is off".to_owned(),
        NotProven::TriedBefore => "another grant of this run was on probation, which proved nothing and may have \
             locked these logins out for half a minute (see its error): nobody is put at risk a second time"
            .to_owned(),
        NotProven::NoProbation => format!(
            "a session that ends with its transaction leads to {endpoint}, and the server could not take the grant back by itself"
        ),
        NotProven::Unclear { login, answer } => {
            format!("{endpoint} demands {answer} of {login:?}")
        }
        NotProven::NoToken(answer) => format!(
            "{endpoint} demands {answer} of {name:?}, which is in rds_iam: either {in_front} (PgBouncer, RDS Proxy) or \
             another server, or somebody renamed or dropped the role meanwhile"
        ),
        NotProven::TokenBeforeGrant => {
            format!("{endpoint} demands a token of {name:?}, which is not in rds_iam: {in_front}")
        }
        NotProven::TokenOfOwnLogin => format!(
            "{endpoint} demands a token of {:?}, as whom the provider logs in with a password",
            connector.username()
        ),
        NotProven::NobodyKnown(answer) => {
            format!("{endpoint} demands {answer} of whoever there is not: {in_front}")
        }
        NotProven::Failed(error) => error.to_string(),
        NotProven::TooLate => {
            "the proof was there, and did not reach the server in time".to_owned()
        }
        NotProven::Interrupted => "the run was interrupted meanwhile".to_owned(),
        NotProven::WaitCancelled(error) => {
            format!("somebody else ended the wait for the proof ({error})")
        }
        NotProven::SessionLost(error) => {
            format!("the session that made the grant was lost ({error})")
        }
        NotProven::NoPause => "the server did not wait for the proof".to_owned(),
    }
}

/// What became of a grant that is not to be, in sentences.
fn became(name: &str, grant: &Grant) -> String {
    let way_out = format!(
        "Log in with an IAM token as one of these logins, or as another administrator, and run REVOKE rds_iam FROM the \
         role {name:?}; or set the cluster's MasterUserAuthenticationType to `password`."
    );
    match grant {
        Grant::NotMade => "Nothing was changed.".to_owned(),
        Grant::TakenBack => {
            "The grant was taken back, and with it the role if it was created for it: nothing is changed."
                .to_owned()
        }
        Grant::RoleLeft => format!(
            "The grant was taken back. The role {name:?}, which was created with it, could not be dropped and is still \
             there: drop it, or import it."
        ),
        Grant::TakenBackSoon(seconds) => format!(
            "The server takes the grant back by itself within {seconds} seconds of its commit, unless somebody else holds \
             rds_iam in an open transaction, and drops the role if it was created for it: nothing has to be done."
        ),
        Grant::NotKnown(reason) => format!(
            "The server was to take the grant back by itself, and whether it did is not known: {reason}. Look whether \
             {name:?} is in rds_iam. If it is: {way_out}"
        ),
        Grant::Stands(reason) => {
            format!("The grant could not be taken back: {reason}. {way_out}")
        }
    }
}
