//! What the provider itself refuses, in words for the screen.

use tfplugin::Diagnostic;

use crate::{
    operation::Operation,
    postgres::{
        Server,
        refusal::{Grant, Refusal, list},
    },
};

/// An error that says what was refused and what to do, at the attribute to blame.
pub(super) fn refused(
    operation: &Operation,
    name: &str,
    id: &str,
    connector: &Server,
    refusal: &Refusal,
) -> Diagnostic {
    let endpoint = connector.endpoint();
    let (at, detail) = match refusal {
        Refusal::NoSuchRole => (
            "name",
            format!(
                "There is no role {name:?} on {endpoint}. Check the name (it is case-sensitive), create the role, or set \
                 `create_role = true`."
            ),
        ),
        Refusal::RoleExists { is_ours: false } => (
            "create_role",
            format!(
                "The role {name:?} is there already on {endpoint}, and this provider did not create it. Nothing was \
                 changed. Leave `create_role` out to manage its grants only. To take it over, so that a destroy drops \
                 it, import it and apply again:\n\n{}",
                import_command(id)
            ),
        ),
        Refusal::RoleExists { is_ours: true } => (
            "create_role",
            format!(
                "The role {name:?} is there already on {endpoint}, with the comment of this provider: an interrupted run \
                 created it and did not record it, or another configuration manages it, or another resource of this one (then \
                 write a `moved` block, and import nothing). Nothing was changed. If nothing else manages it, import it and \
                 apply again:\n\n{}",
                import_command(id)
            ),
        ),
        Refusal::AnotherRole { now_called } => (
            "name",
            format!(
                "The role {name:?} on {endpoint} is another one than the role that is managed here{}. Nothing was \
                 changed: it is somebody else's.",
                match now_called {
                    Some(now) => format!(", which is now called {now:?}"),
                    None => ", which is gone".to_owned(),
                }
            ),
        ),
        Refusal::TakenAway => (
            "name",
            format!(
                "Somebody renamed or dropped the role {name:?} on {endpoint} while it was granted. If it was renamed, it \
                 keeps what it was granted: give the resource its new name and import it, or revoke that."
            ),
        ),
        Refusal::NoTokens(reason) => (
            "rds_iam",
            format!(
                "In rds_iam {name:?} could log in with nothing, neither a password nor a token: {reason} Nothing was \
                 changed. Who knows better sets `allow_without_iam_authentication = true`."
            ),
        ),
        Refusal::Reserved => (
            "name",
            format!("{name:?} is a role of RDS or PostgreSQL, or a superuser, and stays as it is."),
        ),
        Refusal::Master => (
            "name",
            format!(
                "{name:?} is the master user, or may be it, as far as the host alone tells. In rds_iam it could log in \
                 with IAM tokens only, and nobody could help it out. Use a role of its own for replication."
            ),
        ),
        Refusal::OwnLogin => (
            "name",
            format!(
                "{name:?} is the user that this provider logs in as. In rds_iam its password would be refused from \
                 then on. Use a role of its own for replication."
            ),
        ),
        Refusal::InRdsAd(path) => (
            "name",
            format!(
                "{name:?} is inside rds_ad ({}), and RDS does not combine Kerberos with IAM authentication, nested \
                 memberships included. Revoke that membership first.",
                path.join(" -> ")
            ),
        ),
        Refusal::NoSuchGroup(group) => (
            if *group == "rds_iam" {
                "rds_iam"
            } else {
                "replication_privilege"
            },
            format!(
                "There is no role {group} on {endpoint}: it is no RDS or Aurora PostgreSQL server."
            ),
        ),
        Refusal::WouldForce(logins) => (
            "allow_iam_for",
            format!(
                "rds_iam for {name:?} would force these logins to IAM as well, and end their password logins at once: \
                 {}. RDS counts every membership, also those with NOINHERIT, INHERIT FALSE or ADMIN only. Nothing was \
                 changed. Revoke those memberships, or list the logins in `allow_iam_for` if they use IAM anyway.",
                list(logins)
            ),
        ),
        Refusal::Unproven {
            logins,
            reason,
            grant,
        } => (
            "allow_iam_for",
            format!(
                "{} would be in rds_iam with {name:?} by the ADMIN-only membership that whoever creates a role holds in it \
                 since PostgreSQL 16. Whether this server then forces that login to IAM as well can only be found out by asking it, \
                 and that was not possible: {reason}. {} Make the probe possible, have another role create {name:?}, or list \
                 the login in `allow_iam_for` if it uses IAM anyway.",
                list(logins),
                became(name, grant)
            ),
        ),
        Refusal::LockedOut { logins, grant } => (
            match grant {
                Grant::Stands(_) | Grant::NotKnown(_) => "name",
                _ => "allow_iam_for",
            },
            format!(
                "With rds_iam for {name:?} the server demands an IAM token of {} too: whoever creates a role holds an \
                 ADMIN-only membership in it since PostgreSQL 16, and this server counts that. {} Have another role create \
                 {name:?}, or list the login in `allow_iam_for` if it uses IAM anyway.",
                list(logins),
                became(name, grant)
            ),
        ),
        Refusal::MembershipRemains(remaining_membership) => (
            "rds_iam",
            format!(
                "{name:?} would still be in rds_iam: {remaining_membership}. Nothing was changed. Since PostgreSQL 16 each grantor's \
                 membership is one of its own: those roles, or a superuser, must revoke it (REVOKE rds_iam FROM .. \
                 GRANTED BY ..)."
            ),
        ),
        Refusal::NotInCatalog(what) => (
            "name",
            format!(
                "The statements for {name:?} succeeded on {endpoint}, but the catalog does not show {what}. Everything \
                 was rolled back. Look for warnings in the server's log."
            ),
        ),
        Refusal::HasSessions(sessions) => (
            "force_destroy",
            format!(
                "{name:?} has sessions on {endpoint}: {}. PostgreSQL would drop the role all the same, and a replication \
                 stream would go on without a name while its slot retains WAL. Stop the clients, or set \
                 `force_destroy = true` and apply before the destroy.",
                list(sessions)
            ),
        ),
        Refusal::HasDependents(dependents) => (
            "name",
            format!(
                "{name:?} was not dropped, since objects depend on it: {}. Reassign or drop them (REASSIGN OWNED, DROP \
                 OWNED) in each database, then destroy again.",
                list(dependents)
            ),
        ),
    };
    Diagnostic::error(format!("{} {name:?}", operation.title()), detail).at(at)
}

/// The command that imports a user, for a shell. ADDRESS is the resource's, which the CLI shows with the
/// error.
fn import_command(id: &str) -> String {
    format!(
        "  terraform import ADDRESS '{}'\n\nADDRESS is that of this resource; an `import` block with that id does the \
         same.",
        id.replace('\'', "'\\''")
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_command_is_quoted_for_a_shell() {
        let command = import_command("cluster:orders/it's $HOME");
        assert!(
            command.contains("terraform import ADDRESS 'cluster:orders/it'\\''s $HOME'\n"),
            "{command}"
        );
    }
}
