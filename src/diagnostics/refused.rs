//! What the provider itself refuses, in words for the screen.

mod drop;
mod grant;
mod import;
mod lock_out;
mod publication;
mod revoke;
mod role;
mod slot;

use tfplugin::Diagnostic;

use crate::{
    operation::Operation,
    postgres::{Server, refusal::Refusal},
};

pub(super) use self::{grant::refused_grant, publication::refused_publication, slot::refused_slot};

/// The attribute to blame, and what was refused and what to do.
type Advice = (&'static str, String);

/// An error that says what was refused and what to do, at the attribute to blame.
pub(super) fn refused(
    operation: &Operation,
    name: &str,
    id: &str,
    connector: &Server,
    refusal: &Refusal,
) -> Diagnostic {
    let endpoint = &connector.endpoint();
    let (at, detail) = match refusal {
        Refusal::NoSuchRole => role::no_such_role(name, endpoint),
        Refusal::RoleExists { is_ours } => role::exists(name, id, endpoint, *is_ours),
        Refusal::AnotherRole { now_called } => role::another(name, endpoint, now_called.as_deref()),
        Refusal::TakenAway => role::taken_away(name, endpoint),
        Refusal::Reserved => role::reserved(name),
        Refusal::Master => role::master(name),
        Refusal::OwnLogin => role::own_login(name),
        Refusal::InRdsAd(path) => role::in_rds_ad(name, path),
        Refusal::NoSuchGroup(group) => role::no_such_group(group, endpoint),
        Refusal::NotInCatalog(what) => role::not_in_catalog(name, endpoint, what),
        Refusal::NoTokens(reason) => lock_out::no_tokens(name, reason),
        Refusal::WouldForce(logins) => lock_out::would_force(name, logins),
        Refusal::Unproven {
            logins,
            reason,
            grant,
        } => lock_out::unproven(connector, name, logins, reason, grant),
        Refusal::LockedOut { logins, grant } => lock_out::locked_out(name, logins, grant),
        Refusal::MembershipRemains(remaining) => revoke::membership_remains(name, remaining),
        Refusal::HasSessions(sessions) => drop::has_sessions(name, endpoint, sessions),
        Refusal::HasDependents(dependents) => drop::has_dependents(name, dependents),
    };
    Diagnostic::error(format!("{} {name:?}", operation.title()), detail).at(at)
}
